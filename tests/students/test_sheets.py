"""Any file that people call CSV is read, or refused in a sentence."""

import tracemalloc

import pytest

from apps.students.imports import parse
from apps.students.sheets import Unreadable, read_sheet

TEXT = "student_code,given_name,note\nA1,Zoé,naïve\nA2,Jürgen,\n"
KNOWN = ("student_code", "given_name", "note")


def values(raw: bytes) -> list[tuple[str, str]]:
    return [(row.code, row.values["given_name"]) for row in parse(raw).rows]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("latin-1", "Windows-1252"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_each_usual_encoding_is_read(encoding, name):
    assert values(TEXT.encode(encoding)) == [("A1", "Zoé"), ("A2", "Jürgen")]
    assert parse(TEXT.encode(encoding)).encoding == name


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_each_usual_separator_and_line_break_is_read(delimiter, newline):
    raw = TEXT.replace(",", delimiter).replace("\n", newline).encode()
    assert values(raw) == [("A1", "Zoé"), ("A2", "Jürgen")]


def test_excels_own_first_line_and_leading_empty_lines_are_passed_over():
    assert values(b"sep=;\r\nstudent_code;given_name\r\nA1;Ann\r\n") == [("A1", "Ann")]
    file = parse(b"\n,,\nstudent_code,given_name\nA1,\n")
    assert [row.number for row in file.rejected] == [2]


def test_a_header_is_known_however_it_is_written():
    assert values(b'"Student Code", GIVEN-NAME \nA1,Ann\n') == [("A1", "Ann")]


def test_commas_inside_a_header_of_semicolons_do_not_win():
    assert values(b"student_code;given_name;a,b,c,d\nA1;Ann;x\n") == [("A1", "Ann")]


def test_a_row_is_numbered_by_the_line_it_begins_at():
    file = parse(b'student_code,given_name,note\nA1,Ann,"two\nlines"\n\nA2,,\nA3,"",x\n')
    assert [row.values["note"] for row in file.rows] == ["two\nlines"]
    assert [row.number for row in file.rejected] == [5, 6]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\0\0\0\0", "empty"),
        (b"student_code,given_name\n", "header but no rows"),
        (b"student_code\nA1\n", "lacks the column given_name"),
        (b"name,age\nAnn,7\n", "lacks the columns student_code and given_name. It has: name, age"),
        (b"student_code,given_name,given_name\nA1,Ann,Bea\n", "given_name is there more than once"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "an image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image"),
        (b"GIF89a\x01\0", "an image"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04\x14\0", "an Excel workbook"),
        (b"BM\x36\0\0\0\x01\x02", "isn't a CSV file"),
        (bytes(range(256)) * 20, "CSV"),
        ("student_code,given_name\nA1,Zoé Noël Çelik\n".encode() + b"A2,J\xfc\n", "line 3 isn't UTF-8"),
        (b"\xff\xfes\0t\0u", "damaged"),
        (b"student_code,given_name\nA1,\x81\x8d\n", "isn't text"),
    ],
)
def test_what_is_no_file_of_students_is_refused_with_the_reason(raw, said):
    with pytest.raises(Unreadable, match=said):
        parse(raw)


def test_a_quotation_mark_never_closed_is_one_rejected_row():
    file = parse(b'student_code,given_name,note\nA1,Ann,\nA2,"Bea,x\nA3,Cleo,\n' + b"A4,Dan,\n" * 50_000)
    assert [row.code for row in file.rows] == ["A1"]
    assert [(row.number, "never closed" in row.reason) for row in file.rejected] == [(3, True)]


def test_text_after_a_closing_quotation_mark_rejects_that_row_alone():
    file = parse(b'student_code,given_name\nA1,"Ann" x\nA2,Bea\n')
    assert [row.code for row in file.rows] == ["A2"]
    assert [row.number for row in file.rejected] == [2]


def test_a_space_before_a_quoted_cell_is_no_part_of_it():
    assert read_sheet(b'student_code, given_name, note\nA1, Ann, "a, b"\n', KNOWN, 5).records[0].cells[2] == "a, b"


HEAD = b"student_code,given_name\n"
BOMBS = {
    "rows without end": (HEAD + b"a\n" * 5_000_000, "more than 100,000 rows"),
    "broken rows without end": (HEAD + b'"a"b\n' * 2_000_000, "more than 100,000 rows"),
    "empty rows without end": (HEAD + b",\n" * 5_000_000, "empty"),
    "empty lines without end": (HEAD + b"\n" * 10_000_000, "empty"),
    "empty lines before the header": (b"\r\n" * 5_000_000 + HEAD, "empty"),
    "a header of ten million columns": (HEAD[:-1] + b"," * 10_000_000 + b"\nA1,Ann\n", "Line 1 is longer"),
    "a row of ten million cells": (HEAD + b"A1,Ann" + b"," * 10_000_000, "Line 2 is longer"),
    "a workbook": (b"PK\x03\x04" + b"\0" * 10_000_000, "an Excel workbook"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_would_be_far_more_in_memory_is_refused_before_it_is(monkeypatch, name):
    # A tenth of what a file may have, and takes seconds to read.
    monkeypatch.setattr("apps.students.sheets.MAX_EMPTY", 100_000)
    raw, said = BOMBS[name]
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match=said):
            parse(raw)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Its text, and the rows that an import may have.
    assert most < 60_000_000


def test_empty_lines_between_rows_are_passed_over_and_counted():
    file = parse(HEAD + b"\n" * 50_000 + b"A1,Ann\n\n,\nA2,Bea\n")
    assert [row.number for row in file.rows] == [50_002, 50_005]
