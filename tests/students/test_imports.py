"""What a file of students means."""

import dataclasses

import pytest

from apps.students.imports import StudentFile, compare, parse
from apps.students.models import Student


def reasons(text: str) -> list[str]:
    return [rejection.reason for rejection in parse(text.encode()).rejected]


HEAD = "student_code,given_name,family_name,email,phone,grade,note\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",Ann,,,,,", "student_code is empty"),
        ("A1, ,,,,,", "given_name is empty"),
        ("A1,Ann,,nope,,,", "email “nope”: An e-mail address has an @ in it"),
        (f"{'A' * 41},Ann,,,,,", "student_code is 41 characters long; there is room for 40"),
        (f"A1,{'A' * 101},,,,,", "given_name is 101 characters long; there is room for 100"),
        (f"A1,Ann,,{'a' * 250}@example.org,,,", "email is 262 characters long; there is room for 254"),
        (f"A1,Ann,,,{'1' * 41},,", "phone is 41 characters long; there is room for 40"),
        (f"A1,Ann,,,,{'1' * 21},", "grade is 21 characters long; there is room for 20"),
        (f"A1,Ann,,,,,{'x' * 5_001}", "note is 5,001 characters long; there is room for 5,000"),
        ("A1,A\0nn,,,,,", "given_name holds the control character U+0000"),
        ("A1,Ann,,,,,bell\x07", "note holds the control character U+0007"),
        ("A1,Ann,,,,,x,y", "8 cells under 7 columns: does a cell with the separator lack quotes?"),
    ],
)
def test_a_row_that_can_not_be_taken_says_why(row, said):
    assert reasons(HEAD + row + "\n") == [said]


def test_a_row_says_all_that_is_wrong_with_it():
    assert reasons(HEAD + ",,,nope,,,\n") == [
        "email “nope”: An e-mail address has an @ in it; student_code is empty; given_name is empty"
    ]


def test_a_later_row_with_the_same_code_is_rejected_and_names_the_first():
    file = parse((HEAD + "A1,Ann,,,,,\nA2,Bea,,,,,\nA1,Cleo,,,,,\n").encode())
    assert [row.name for row in file.rows] == ["Ann", "Bea"]
    assert file.rejected == [(4, "A1", "student_code A1 is already in row 2")]


def test_other_columns_are_mentioned_and_ignored():
    file = parse(b"student_code,shoe size,given_name,\nA1,44,Ann,x\n")
    assert (file.columns, file.ignored) == (["student_code", "given_name"], ["shoe_size"])
    assert file.rows[0].values == {"code": "A1", "given_name": "Ann"}


def test_text_is_tidied_as_in_a_form():
    file = parse('student_code,given_name,note\n A1 ,  Jose\u0301\u00a0 Luis ,"  two\r\nlines "\n'.encode())
    assert file.rows[0].values == {"code": "A1", "given_name": "José Luis", "note": "two\nlines"}


def test_short_rows_and_empty_rows_are_no_fault():
    file = parse((HEAD + "A1,Ann\n,,,,,,\n\nA2,Bea\n").encode())
    assert ([row.number for row in file.rows], file.rejected) == ([2, 5], [])


def test_comparing_tells_the_new_the_changed_and_the_same():
    file = parse((HEAD + "A1,Ann,,,,8,\nA2,Bea,,,,,\nA3,Cleo,,,,,\n").encode())
    ann, bea = (Student(pk=1, code="A1", given_name="Ann", grade="7"), Student(pk=2, code="A2", given_name="Bea"))
    plan = compare(file, {"A1": ann, "A2": bea})
    assert [row.code for row in plan.created] == ["A3"]
    assert [change.differences for change in plan.changed] == [[("grade", "grade", "7", "8")]]
    assert plan.left == 1


def test_an_empty_cell_and_an_absent_column_leave_a_field_as_it_is():
    student = Student(pk=1, code="A1", given_name="Ann", phone="123", grade="7", note="keep")
    file = parse(b"student_code,given_name,phone,grade\nA1,Ann,,7\n")
    assert compare(file, {"A1": student}).counts == {"created": 0, "changed": 0, "left": 1, "rejected": 0}


def test_a_plan_that_would_do_something_else_has_another_fingerprint():
    file = parse((HEAD + "A1,Ann,,,,8,\n").encode())

    def fingerprint(file: StudentFile, **fields: str) -> str:
        students = {"A1": Student(pk=1, code="A1", given_name="Ann", **fields)} if fields else {}
        return compare(file, students).fingerprint

    prints = [
        fingerprint(file),
        fingerprint(file, grade="7"),
        fingerprint(file, grade="6"),
        fingerprint(file, grade="8"),
    ]
    assert len(set(prints)) == 4
    assert fingerprint(dataclasses.replace(file), grade="7") == prints[1]


def test_more_rows_than_there_is_room_for_are_refused(monkeypatch):
    monkeypatch.setattr("apps.students.imports.MAX_ROWS", 2)
    with pytest.raises(ValueError, match="has more than 2 rows; split it into files of at most so many"):
        parse(b"student_code,given_name\nA1,Ann\nA2,Bea\nA3,Cleo\n")
