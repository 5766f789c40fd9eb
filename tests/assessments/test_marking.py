"""Marking, by the tables of others' tests (courses_assessments.md, part 3) and of our own."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.assessments.marking import Given, Key, KeyStep, counting, earned, read_number, rounded, share, share_by, total

RIGHT = frozenset({1, 2, 3, 4, 5, 6})
WRONG = (7, 8, 9, 10)


def several(right, wrong, partial="minus"):
    chosen = frozenset([*sorted(RIGHT)[:right], *WRONG[:wrong]])
    return rounded(earned(Decimal(50), share(Key("multiple", RIGHT), Given(chosen), partial)))


# Canvas, spec/models/quizzes/submission_grader_spec.rb: 50 points, six right options of ten.
@pytest.mark.parametrize(
    ("right", "wrong", "points", "all_or_nothing"),
    [
        (6, 0, "50", "50"),
        (6, 1, "41.67", "0"),
        (4, 1, "25", "0"),
        (2, 3, "0", "0"),
        (0, 0, "0", "0"),
        (5, 0, "41.67", "0"),
    ],
)
def test_several_right_options_earn_shares_and_wrong_ones_take_them(right, wrong, points, all_or_nothing):
    assert several(right, wrong) == Decimal(points)
    assert several(right, wrong, "none") == Decimal(all_or_nothing)


@pytest.mark.parametrize(
    ("kind", "chosen", "part"),
    [("single", {1}, 1), ("single", {2}, 0), ("single", {1, 2}, 0), ("single", set(), 0), ("true_false", {1}, 1)],
)
def test_one_of_several(kind, chosen, part):
    assert share(Key(kind, frozenset({1})), Given(frozenset(chosen))) == part


# Moodle, question/type/shortanswer/tests/question_test.php.
@pytest.mark.parametrize(
    ("variant", "typed", "case_matters", "part"),
    [
        ("frog", "   FROG   ", False, 1),
        ("Itálie", "ITÁLIE", False, 1),
        ("caf\u00e9", "cafe\u0301", False, 1),
        ("frog", "Frog", True, 0),
        ("frog", "frog", True, 1),
        ("straße", "STRASSE", False, 1),
        ("[a-z]", "b", False, 0),
        ("[a-z]", "[a-z]", False, 1),
        ("0", "0", False, 1),
        ("0", "", False, 0),
        ("two words", "two   words", False, 1),
        ("*" * 70, "*" * 70, False, 1),
        # What likeness would take (Frappe, 85 %).
        ("hypertension", "hypotension", False, 0),
        ("mitosis", "meiosis", False, 0),
        ("adduction", "abduction", False, 0),
        ("metre per second", "second per metre", False, 0),
    ],
)
def test_short_text_is_right_or_it_is_not(variant, typed, case_matters, part):
    assert share(Key("text", variants=(variant,), case_matters=case_matters), Given(text=typed)) == part


# Canvas' numbers, and how people type them.
@pytest.mark.parametrize(
    ("key", "tolerance", "typed", "part"),
    [
        *[("4", "0.1", typed, 1) for typed in ("4", "4.05", "4.10", "3.90", "4,1", " 4 ", "+4", "4.", "40e-1")],
        *[("4", "0.1", typed, 0) for typed in ("3.2", "", "-4", "4.100001", "four", "4 or 5", "1,000.5", "0x4", "nan")],
        *[("-4", "0.1", typed, 1) for typed in ("-4.1", "-3.9", "\u22124", "-4,05")],
        ("1.234567890123456e+21", "0", "1234567890123456000000", 1),
        ("1.234567890123456e+21", "0", "1234567890123456000001", 0),
        *[("-11.7", "0.02", typed, 1) for typed in ("-11.68", "-11.72")],
        ("-11.7", "0.02", "-11.675", 0),
        ("0", "0", "0", 1),
        ("0", "0", "", 0),
        ("0", "0", "-0", 1),
        ("0.3", "0", "0.1", 0),
        ("1000", "0", "1 000", 1),
        ("1000", "0", "1\u202f000", 1),
    ],
)
def test_numbers(key, tolerance, typed, part):
    assert share(Key("number", number=read_number(key), tolerance=Decimal(tolerance)), Given(text=typed)) == part


@pytest.mark.parametrize(
    ("parts", "mark"),
    [
        (["1.3", "1.3", "1.3"], "3.90"),
        ([Fraction(1, 3)] * 3, "1.00"),
        ([Fraction(1, 8)], "0.13"),
        ([Fraction(5, 1000)], "0.01"),
        ([Fraction(4999, 1000000)], "0.00"),
        (["93.825"], "93.83"),
        (["60.125"], "60.13"),
        ([], "0.00"),
    ],
)
def test_marks_are_added_up_exactly_and_rounded_half_up_once(parts, mark):
    assert str(total(map(Fraction, parts))) == mark


# Canvas, spec/models/quizzes/quiz_regrader/answer_spec.rb: a question of 15 points, right option 1, mended to 2.
@pytest.mark.parametrize(
    ("chosen", "mode", "change"),
    [(2, "new", 15), (1, "new", -15), (1, "keep", 0), (2, "keep", 15), (1, "full", 0), (3, "full", 15), (3, "keep", 0)],
)
def test_a_mended_key_changes_marks_as_was_chosen(chosen, mode, change):
    old, given = KeyStep("new", Key("single", frozenset({1}))), Given(frozenset({chosen}))
    steps = [old, KeyStep(mode, Key("single", frozenset({2})))]
    assert earned(Decimal(15), share_by(steps, given) - share_by([old], given)) == change


@pytest.mark.parametrize(("counts", "mark"), [("best", "9.00"), ("last", "4.00"), ("mean", "6.67"), ("other", "9.00")])
def test_which_attempt_counts(counts, mark):
    marks = [Decimal("7.00"), Decimal("9.00"), Decimal("4.00")]
    assert counting(marks, counts) == Decimal(mark)
    assert counting([], counts) is None
