"""When attempts end: one function, by the tables of others' tests and of our own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apps.assessments.deadlines import Allowance, Rules, closes, deadline, length_in_words, may_start


def second(number):
    return None if number is None else datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


# Moodle, mod/quiz/tests/attempts_test.php: started at 100.
@pytest.mark.parametrize(
    ("close", "limit", "end"),
    [(1200, 600, 700), (1200, 1800, 1200), (1200, None, 1200), (None, 600, 700), (None, None, None)],
)
def test_the_earlier_of_limit_and_close(close, limit, end):
    rules = Rules(None if limit is None else timedelta(seconds=limit), ends_at=second(close))
    assert deadline(rules, second(100)) == second(end)


def at(hour, minute=0):
    return datetime(2026, 1, 1, hour, minute, tzinfo=UTC)


HOUR = Rules(timedelta(minutes=60), at(8), ends_at=at(9))
DOUBLE = Allowance(Decimal(2))


def test_extra_time_moves_the_common_end_too():
    """Of ucfopen/quiz-extensions, issue 30: a window from 8 to 9, an hour, double time: it ends at 10."""
    assert deadline(HOUR, at(8)) == at(9)
    assert deadline(HOUR, at(8), DOUBLE) == at(10)
    assert deadline(HOUR, at(8, 30), DOUBLE) == at(10)
    assert may_start(HOUR, at(9, 30), DOUBLE)
    assert not may_start(HOUR, at(9, 30))
    assert not may_start(HOUR, at(10), DOUBLE)
    assert not may_start(HOUR, at(7, 59), DOUBLE)


def test_factor_and_minutes_come_together_and_without_a_limit_the_window_is_the_length():
    assert deadline(HOUR, at(8), Allowance(Decimal("1.25"), 10)) == at(9, 25)
    assert deadline(Rules(None, at(8), ends_at=at(9)), at(8, 5), Allowance(Decimal("1.5"))) == at(9, 30)
    assert deadline(Rules(ends_at=at(9)), at(8), Allowance(Decimal(3), 15)) == at(9, 15)
    assert deadline(Rules(), at(8), Allowance(Decimal(3), 15)) is None


def test_minutes_given_while_it_runs_move_its_end_whatever_sets_it():
    assert deadline(HOUR, at(8, 30), added=10) == at(9, 10)
    assert deadline(Rules(timedelta(minutes=20), ends_at=at(9)), at(8), added=10) == at(8, 30)
    assert deadline(Rules(), at(8), added=10) is None


def test_no_start_after_cuts_no_attempt_short():
    rules = Rules(timedelta(minutes=60), no_start_after=at(9))
    assert closes(rules) == at(9)
    assert closes(rules, DOUBLE) == at(10)
    assert deadline(rules, at(8, 59)) == at(9, 59)


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        # The night in which the clocks go forward, and the one in which they go back: an hour is an hour.
        ("Europe/Berlin", (2026, 3, 29, 1, 30), "2026-03-29T03:30:00+02:00"),
        ("Europe/Berlin", (2026, 10, 25, 2, 30), "2026-10-25T02:30:00+01:00"),
        ("America/New_York", (2028, 2, 28, 23, 30), "2028-02-29T00:30:00-05:00"),
    ],
)
def test_an_hour_is_an_hour_over_changes_of_the_clock_and_leap_days(zone, start, end):
    begun = datetime(*start, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = deadline(Rules(timedelta(minutes=60)), begun)
    assert found.astimezone(ZoneInfo(zone)).isoformat() == end


def test_the_length_as_its_student_reads_it():
    assert length_in_words(Rules(timedelta(minutes=30)), DOUBLE) == "60 minutes (30 + 30)"
    assert length_in_words(Rules(timedelta(minutes=1))) == "1 minute"
    assert length_in_words(Rules()) == ""
