"""The research's vectors of wall times and rules (shared with nobody: computed there by two ways)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from apps.scheduling.recurrence import Pattern, Rule
from apps.scheduling.wall_time import Clock, day_begins, elapsed_minutes, end_of, known_zone, local_day, moment

BERLIN, NEW_YORK, KATHMANDU = "Europe/Berlin", "America/New_York", "Asia/Kathmandu"


def z(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MOMENTS = [
    ("V1", BERLIN, "2026-10-13 17:00", "2026-10-13 15:00", Clock.PLAIN),
    ("V1", BERLIN, "2026-10-20 17:00", "2026-10-20 15:00", Clock.PLAIN),
    ("V1", BERLIN, "2026-10-27 17:00", "2026-10-27 16:00", Clock.PLAIN),
    ("V1", BERLIN, "2026-11-03 17:00", "2026-11-03 16:00", Clock.PLAIN),
    ("V2", BERLIN, "2027-03-23 17:00", "2027-03-23 16:00", Clock.PLAIN),
    ("V2", BERLIN, "2027-03-30 17:00", "2027-03-30 15:00", Clock.PLAIN),
    ("V3", NEW_YORK, "2026-10-21 16:00", "2026-10-21 20:00", Clock.PLAIN),
    ("V3", NEW_YORK, "2026-10-28 16:00", "2026-10-28 20:00", Clock.PLAIN),
    ("V3", NEW_YORK, "2026-11-04 16:00", "2026-11-04 21:00", Clock.PLAIN),
    ("V4", NEW_YORK, "2027-03-10 16:00", "2027-03-10 21:00", Clock.PLAIN),
    ("V4", NEW_YORK, "2027-03-17 16:00", "2027-03-17 20:00", Clock.PLAIN),
    ("V4", NEW_YORK, "2027-03-24 16:00", "2027-03-24 20:00", Clock.PLAIN),
    ("V4", NEW_YORK, "2027-03-31 16:00", "2027-03-31 20:00", Clock.PLAIN),
    ("V6", "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45", Clock.SKIPPED),
    ("V8", "Africa/Casablanca", "2026-02-10 18:00", "2026-02-10 17:00", Clock.PLAIN),
    ("V8", "Africa/Casablanca", "2026-02-17 18:00", "2026-02-17 18:00", Clock.PLAIN),
    ("V8", "Africa/Casablanca", "2026-02-24 18:00", "2026-02-24 18:00", Clock.PLAIN),
    ("V8", "Africa/Casablanca", "2026-03-17 18:00", "2026-03-17 18:00", Clock.PLAIN),
    ("V8", "Africa/Casablanca", "2026-03-24 18:00", "2026-03-24 17:00", Clock.PLAIN),
    ("V9", "Africa/Casablanca", "2026-09-15 18:00", "2026-09-15 17:00", Clock.PLAIN),
    ("V9", "Africa/Casablanca", "2026-09-22 18:00", "2026-09-22 18:00", Clock.PLAIN),
    ("V9", "Africa/Casablanca", "2026-12-01 18:00", "2026-12-01 18:00", Clock.PLAIN),
    ("V9", "Africa/Casablanca", "2027-02-16 18:00", "2027-02-16 18:00", Clock.PLAIN),
    ("V10", "America/Vancouver", "2026-11-04 16:00", "2026-11-04 23:00", Clock.PLAIN),
    ("V10", "America/Edmonton", "2026-11-04 16:00", "2026-11-04 22:00", Clock.PLAIN),
    ("V12", "Asia/Kathmandu", "2026-12-01 10:00", "2026-12-01 04:15", Clock.PLAIN),
    ("V13", "Pacific/Honolulu", "2026-11-30 20:00", "2026-12-01 06:00", Clock.PLAIN),
    ("V14", BERLIN, "2027-03-28 02:30", "2027-03-28 01:30", Clock.SKIPPED),
    ("V14", NEW_YORK, "2027-03-14 02:30", "2027-03-14 07:30", Clock.SKIPPED),
    ("V14", "Pacific/Chatham", "2026-09-27 03:00", "2026-09-26 14:15", Clock.SKIPPED),
    ("V14", NEW_YORK, "2007-03-11 02:30", "2007-03-11 07:30", Clock.SKIPPED),
    ("V15", BERLIN, "2026-10-25 02:30", "2026-10-25 00:30", Clock.TWICE),
    ("V15", NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30", Clock.TWICE),
    ("V15", NEW_YORK, "2007-11-04 01:30", "2007-11-04 05:30", Clock.TWICE),
]


@pytest.mark.parametrize(("number", "zone", "wall", "utc", "clock"), MOMENTS)
def test_a_wall_time_is_this_moment(number, zone, wall, utc, clock):
    local = datetime.fromisoformat(wall)
    assert moment(local.date(), local.time(), zone) == (z(utc), clock)


ELSEWHERE = [
    (
        "V1b",
        BERLIN,
        "17:00",
        ["2026-10-13", "2026-10-20", "2026-10-27", "2026-11-03"],
        KATHMANDU,
        "20:45 20:45 21:45 21:45",
    ),
    (
        "V1c",
        BERLIN,
        "17:00",
        ["2026-10-13", "2026-10-20", "2026-10-27", "2026-11-03"],
        NEW_YORK,
        "11:00 11:00 12:00 11:00",
    ),
    ("V3", NEW_YORK, "16:00", ["2026-10-21", "2026-10-28", "2026-11-04"], BERLIN, "22:00 21:00 22:00"),
    (
        "V4",
        NEW_YORK,
        "16:00",
        ["2027-03-10", "2027-03-17", "2027-03-24", "2027-03-31"],
        BERLIN,
        "22:00 21:00 21:00 22:00",
    ),
]


@pytest.mark.parametrize(("number", "zone", "at", "days", "other", "seen"), ELSEWHERE)
def test_weekly_lessons_are_seen_at_these_times_elsewhere(number, zone, at, days, other, seen):
    moments = [moment(date.fromisoformat(day), time.fromisoformat(at), zone).at for day in days]
    assert " ".join(f"{each.astimezone(ZoneInfo(other)):%H:%M}" for each in moments) == seen


def test_a_day_begins_at_its_first_moment_even_where_midnight_does_not_exist():
    assert day_begins(date(2026, 12, 1), "Asia/Kathmandu") == z("2026-11-30 18:15")
    # Cairo goes from 00:00 to 01:00 on the last Friday of April.
    assert day_begins(date(2027, 4, 30), "Africa/Cairo") == z("2027-04-29 22:00")


def test_lengths_are_elapsed_minutes_whatever_clocks_do():
    """V27, V26."""
    start, _ = moment(date(2026, 10, 25), time(2, 30), BERLIN)
    assert end_of(start, 60) == z("2026-10-25 01:30")
    gap, _ = moment(date(2027, 3, 28), time(1, 30), BERLIN)
    assert end_of(gap, 120) == z("2027-03-28 02:30")
    first, _ = moment(date(2026, 10, 25), time(1, 30), BERLIN)
    last, _ = moment(date(2026, 10, 25), time(3, 30), BERLIN)
    assert elapsed_minutes(first, last) == 180


def test_one_moment_is_another_day_elsewhere():
    at, _ = moment(date(2026, 11, 30), time(20), "Pacific/Honolulu")
    assert local_day(at, "Pacific/Kiritimati") == date(2026, 12, 1)
    assert local_day(at, "Pacific/Pago_Pago") == date(2026, 11, 30)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "a" * 300, "Europe/Berlin\0"])
def test_what_is_no_zone_is_none(name):
    assert known_zone(name) is None


def days(rule, count):
    found = rule.dates()
    return [next(found).isoformat()[5:] for _ in range(count)]


TUESDAY = date(2026, 10, 13)
RULES = [
    ("V1", Rule(Pattern.WEEKLY, TUESDAY), ["10-13", "10-20", "10-27", "11-03"]),
    ("every second", Rule(Pattern.WEEKLY, TUESDAY, 2), ["10-13", "10-27", "11-10"]),
    ("two days", Rule(Pattern.WEEKLY, TUESDAY, 1, frozenset({1, 3})), ["10-13", "10-15", "10-20", "10-22"]),
    ("V18", Rule(Pattern.MONTH_DAY, date(2027, 1, 31)), ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]),
    ("the 30th", Rule(Pattern.MONTH_DAY, date(2027, 1, 30)), ["01-30", "02-28", "03-30", "04-30"]),
    ("the 12th", Rule(Pattern.MONTH_DAY, date(2027, 1, 12)), ["01-12", "02-12", "03-12"]),
    ("V18b", Rule(Pattern.MONTH_END, date(2027, 1, 31)), ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]),
    ("2nd Tuesday", Rule(Pattern.MONTH_WEEKDAY, TUESDAY), ["10-13", "11-10", "12-08", "01-12"]),
    # The fifth is the last: no month is skipped in silence.
    ("last Friday", Rule(Pattern.MONTH_WEEKDAY, date(2027, 1, 29)), ["01-29", "02-26", "03-26", "04-30"]),
]


@pytest.mark.parametrize(("number", "rule", "expected"), RULES)
def test_a_rule_has_these_dates(number, rule, expected):
    assert days(rule, len(expected)) == expected


def test_a_series_ends_on_its_last_day_and_after_its_number():
    until = Rule(Pattern.WEEKLY, TUESDAY, until=date(2026, 11, 3))
    assert [day.isoformat() for day in until.dates()] == ["2026-10-13", "2026-10-20", "2026-10-27", "2026-11-03"]
    assert len(list(Rule(Pattern.WEEKLY, TUESDAY, count=4).dates())) == 4
    assert Rule(Pattern.WEEKLY, TUESDAY).dates_between(TUESDAY, date(2026, 10, 27))[-1] == date(2026, 10, 27)
