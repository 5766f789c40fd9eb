"""Where things stand in a grid of days: rows of a quarter of an hour on the reader's clock, and lanes side by side.

Days on which clocks change are drawn whole: a quarter that occurs twice has two rows, and one that a day lacks is left
empty there. So 10:00 is one line across the week, and nothing overlaps that doesn't in time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.scheduling.models import Booking
from apps.scheduling.own_events import Block
from apps.scheduling.wall_time import day_begins

QUARTER = timedelta(minutes=15)
# The hours that are shown although nothing happens then.
FIRST_HOUR, LAST_HOUR = 8, 18
# As many lessons at one time can be drawn side by side.
MOST_LANES = 8


class Key(NamedTuple):
    """A quarter of an hour on a clock's face: minutes since midnight, and whether it is the second of two."""

    order: int
    second: bool
    minutes: int


@dataclass
class Placed:
    """A lesson in one day's column: rows counted from 0, and the lane of how many."""

    booking: Booking | Block
    row: int
    span: int
    lane: int = 0
    lanes: int = 1
    # Does it begin in this column, and how many minutes past its first quarter?
    begins_here: bool = True
    past: int = 0


class Column(NamedTuple):
    """One day with what happens on it, in order."""

    day: date
    start: datetime
    end: datetime
    placed: list[Placed]


class Line(NamedTuple):
    """An hour's line of the grid: its row, and its hour on the clock."""

    row: int
    hour: int
    again: bool

    @property
    def at(self) -> str:
        """The hour as an address has it."""
        return f"{self.hour:02}:00"


@dataclass
class Grid:
    """Days beside each other, and the hours' lines; `rows` quarters high, `lanes` lessons at once at most."""

    columns: list[Column]
    lines: list[Line]
    rows: int
    lanes: int


def grid(days: Sequence[date], zone: str, bookings: Iterable[Booking | Block]) -> Grid:
    """These days with these lessons on this clock, as high as what happens on them needs."""
    spans = [(day, day_begins(day, zone), day_begins(day + timedelta(days=1), zone)) for day in days]
    keys = {day: _quarters(start, end, zone) for day, start, end in spans}
    axis = sorted(set().union(*(set(quarters) for quarters in keys.values())))
    rows = {key: row for row, key in enumerate(axis)}
    columns = [Column(day, start, end, []) for day, start, end in spans]
    for booking in bookings:
        for column in columns:
            if booking.start < column.end and booking.end > column.start:
                quarters = keys[column.day]
                first = int((max(booking.start, column.start) - column.start) / QUARTER)
                last = -int(-(min(booking.end, column.end) - column.start) // QUARTER) - 1
                row = rows[quarters[first]]
                placed = Placed(booking, row, rows[quarters[max(first, last)]] - row + 1)
                placed.begins_here, placed.past = booking.start >= column.start, booking.start.minute % 15
                column.placed.append(placed)
    return _trimmed(columns, axis)


def _quarters(start: datetime, end: datetime, zone: str) -> list[Key]:
    """The quarters of a day as its clock shows them; those that occur twice stand after the first of them."""
    info, found, seen, highest = ZoneInfo(zone), [], set(), -1
    at = start
    while at < end:
        local = at.astimezone(info)
        minutes = (local.hour * 60 + local.minute) // 15 * 15
        second = minutes in seen
        highest = highest if second else max(highest, minutes)
        seen.add(minutes)
        found.append(Key(highest if second else minutes, second, minutes))
        at = (at.astimezone(UTC) + QUARTER).astimezone(UTC)
    return found


def _trimmed(columns: list[Column], axis: list[Key]) -> Grid:
    """The grid from the first hour that is needed to the last, with rows counted from there."""
    placed = [each for column in columns for each in column.placed]
    usual = [row for row, key in enumerate(axis) if FIRST_HOUR <= key.minutes // 60 < LAST_HOUR]
    first = min([*usual[:1], *(each.row for each in placed)], default=0)
    first = next((row for row in range(first, 0, -1) if axis[row].minutes % 60 == 0), 0)
    last = max([*usual[-1:], *(each.row + each.span - 1 for each in placed)], default=-1)
    for each in placed:
        each.row -= first
    for column in columns:
        _lanes(column.placed)
    lines = [
        Line(row - first, axis[row].minutes // 60, axis[row].second)
        for row in range(first, last + 1)
        if axis[row].minutes % 60 == 0
    ]
    return Grid(columns, lines, last - first + 1, max((each.lanes for each in placed), default=1))


def _lanes(placed: list[Placed]) -> None:
    """Put what overlaps side by side: each takes the first lane that is free, all of one knot as many lanes."""
    placed.sort(key=lambda each: (each.row, -each.span, each.booking.pk))
    knot: list[Placed] = []
    ends: list[int] = []
    for each in placed:
        if ends and each.row >= max(ends):
            _close(knot, ends)
            knot, ends = [], []
        lane = next((number for number, end in enumerate(ends) if end <= each.row), len(ends))
        ends[lane : lane + 1] = [each.row + each.span]
        each.lane = lane
        knot.append(each)
    _close(knot, ends)


def _close(knot: list[Placed], ends: list[int]) -> None:
    for each in knot:
        each.lanes = len(ends)
