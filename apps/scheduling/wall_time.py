"""Wall time, its zone, and the moment that follows from the two.

A lesson is agreed in wall time: "Tuesdays at 17:00 in Berlin". The moment is derived, each date for itself: a time
that doesn't exist is held later by the gap (RFC 5545, section 3.3.5), one that occurs twice means the first. Lengths
are elapsed minutes, so they are added to the moment in UTC, never to the wall time. Zones come from the pinned
`tzdata` (see project/__init__.py).
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from importlib.metadata import version
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock(StrEnum):
    """What a change of clocks does to a wall time."""

    PLAIN = ""
    # It doesn't exist on this day: the moment is later by the gap.
    SKIPPED = "skipped"
    # It occurs twice on this day: the first is meant.
    TWICE = "twice"


class Moment(NamedTuple):
    """A wall time as a moment in UTC."""

    at: datetime
    clock: Clock


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of this name in the pinned data; None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment(day: date, at: time, zone: str) -> Moment:
    """The moment of a wall time, in UTC. Raises ZoneInfoNotFoundError."""
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0), ZoneInfo(zone))
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    clock = Clock.PLAIN
    if first is not None and second is not None and first != second:
        clock = Clock.SKIPPED if first < second else Clock.TWICE
    return Moment(local.astimezone(UTC), clock)


def end_of(start: datetime, minutes: int) -> datetime:
    """When something that begins at `start` (UTC) ends: elapsed minutes later."""
    return start.astimezone(UTC) + timedelta(minutes=minutes)


def elapsed_minutes(start: datetime, end: datetime) -> int:
    """The minutes that pass between two moments.

    Python subtracts two times of one ZoneInfo on the clock's face, which is wrong when clocks change.
    """
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() // 60)


def day_begins(day: date, zone: str) -> datetime:
    """The first moment of a day in a zone, in UTC; where midnight doesn't exist, the first that does."""
    return moment(day, time.min, zone).at


def local_day(at: datetime, zone: str) -> date:
    """The date of a moment in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def release() -> str:
    """The release of the zone data that moments are derived with now, like 2026.6."""
    return version("tzdata")
