"""The grid of days: whole on days of 23, 23½ and 25 hours, and side by side what is at one time."""

from datetime import date, time, timedelta

import pytest

from apps.scheduling.grid import grid
from apps.scheduling.models import Booking
from apps.scheduling.wall_time import day_begins

BERLIN = "Europe/Berlin"


def lesson(day, at, minutes=60, zone=BERLIN, pk=1):
    return Booking(pk=pk, subject="Algebra").timed(date.fromisoformat(day), time.fromisoformat(at), zone, minutes)


def placed(days, bookings, zone=BERLIN):
    return [each for column in grid(days, zone, bookings).columns for each in column.placed]


def test_an_ordinary_day_has_its_hours_in_rows_of_a_quarter():
    found = grid([date(2026, 11, 30)], BERLIN, [lesson("2026-11-30", "09:15", 45)])
    assert (found.rows, [line.hour for line in found.lines]) == (40, list(range(8, 18)))
    (each,) = found.columns[0].placed
    assert (each.row, each.span, each.lane, each.lanes) == (5, 3, 0, 1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(BERLIN, "2026-10-25", 25), (BERLIN, "2027-03-28", 23), ("Australia/Lord_Howe", "2026-10-04", 23.5)],
)
def test_every_quarter_of_a_day_has_one_row_of_its_own(zone, day, hours):
    """A lesson of a quarter in each quarter of the day: none overlaps another, and none is lost."""
    begins = day_begins(date.fromisoformat(day), zone)
    lessons = []
    for number in range(int(hours * 4)):
        each = Booking(pk=number, subject="Algebra")
        each.start = begins + number * timedelta(minutes=15)
        each.end = each.start + timedelta(minutes=15)
        lessons.append(each)
    found = placed([date.fromisoformat(day)], lessons, zone)
    assert [each.booking.pk for each in sorted(found, key=lambda each: each.row)] == list(range(len(lessons)))
    assert len({each.row for each in found}) == len(lessons)
    assert all((each.span, each.lanes) == (1, 1) for each in found)


def test_ten_is_one_line_across_a_week_in_which_clocks_change():
    week = [date(2026, 10, 19) + timedelta(days=number) for number in range(7)]
    found = placed(week, [lesson(f"{day}", "10:00", pk=number) for number, day in enumerate(week)])
    assert len({each.row for each in found}) == 1
    night = lesson("2026-10-25", "01:30", 180)
    (long,) = placed([date(2026, 10, 25)], [night])
    assert long.span == 12


def test_what_overlaps_stands_side_by_side_and_what_follows_below():
    lessons = [lesson("2026-11-30", at, pk=number) for number, at in enumerate(("10:00", "10:30", "11:00", "12:00"))]
    found = {each.booking.pk: (each.lane, each.lanes) for each in placed([date(2026, 11, 30)], lessons)}
    assert found == {0: (0, 2), 1: (1, 2), 2: (0, 2), 3: (0, 1)}


def test_a_lesson_over_midnight_stands_on_both_days():
    found = placed([date(2026, 11, 30), date(2026, 12, 1)], [lesson("2026-11-30", "23:30", 60)])
    assert [each.span for each in found] == [2, 2]
    assert found[1].row < found[0].row


def test_a_day_that_a_zone_skipped_is_empty_and_no_error():
    assert grid([date(2011, 12, 30)], "Pacific/Apia", []).rows == 0
