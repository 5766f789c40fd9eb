"""How the calendar writes days and hours."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django import template

from apps.core import formats
from apps.scheduling.models.times import Timed
from apps.scheduling.wall_time import Clock
from apps.scheduling.wall_time import moment as moment_of

register = template.Library()


@register.filter
def clock(moment: datetime) -> str:
    """A time of day on the reader's clock: 14:05, or 2:05 PM where people say that."""
    return formats.clock(moment)


@register.filter
def hour(number: int) -> str:
    """A full hour: 14:00, or 2:00 PM where people say that."""
    return formats.clock(datetime.combine(date.min, time(number)))


@register.filter
def long_day(day: date) -> str:
    """A day in full: Friday, 20 November 2026."""
    return formats.long_day(day)


@register.filter
def weekday_and_day(day: date) -> str:
    """A day of a week: Fri 20 Nov."""
    return formats.weekday_and_day(day)


@register.filter
def weekday(day: date) -> str:
    """A day of the week in short: Fri."""
    return formats.weekday(day)


@register.filter
def month_name(day: date) -> str:
    """A month: November 2026."""
    return formats.month(day)


@register.filter
def wall(moment: datetime) -> str:
    """A time of day as an address or a form's field has it: 14:05."""
    return f"{moment:%H:%M}"


@register.filter
def clock_change(row: Timed) -> str:
    """What a change of clocks does to the wall time of a lesson or of a time offered; empty on other days."""
    change = moment_of(row.day, row.at, row.zone).clock
    if change == Clock.PLAIN:
        return ""
    city, at = row.zone.rpartition("/")[2].replace("_", " "), formats.clock(datetime.combine(row.day, row.at))
    if change == Clock.SKIPPED:
        held = formats.clock(row.start.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None))
        return f"Clocks go forward in {city} then: {at} doesn't exist on this day, so it begins at {held}."
    return f"Clocks go back in {city} then: {at} occurs twice on this day, and the first is meant."


@register.filter
def wall_clock(at: time) -> str:
    """A time of day that is agreed in wall time: 17:00, or 5:00 PM where people say that."""
    return formats.clock(datetime.combine(date.min, at))


@register.filter
def city(zone: str) -> str:
    """What a zone is called after: New York."""
    return zone.rpartition("/")[2].replace("_", " ")
