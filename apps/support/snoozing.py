"""Until when a ticket is put aside: mornings on which support opens; without hours, nine on the reader's clock."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.support.hours import MORNING, OpeningHours, opening_hours
from apps.support.models import Weekday

NINE = time(MORNING // 60)
LATER = timedelta(hours=3)
# How far ahead a morning is looked for on which support opens: holidays are no longer.
AHEAD = 60


class Choice(NamedTuple):
    """A moment to choose: what stands in the form, what it is called, and when that is."""

    value: str
    label: str
    until: datetime


def choices(now: datetime | None = None) -> list[Choice]:
    """What is offered now, each moment once: later today if support is open then, and the next days it opens on."""
    return list(_offered(now or timezone.now(), opening_hours()))


def until(chosen: str, now: datetime | None = None) -> datetime:
    """The moment of a choice, or the morning of a day (2026-12-05); raises ValidationError for anything else."""
    moment, hours = now or timezone.now(), opening_hours()
    if chosen in {"tomorrow", "monday"}:
        return _morning(_day(chosen, moment, hours), hours)
    for choice in _offered(moment, hours):
        if choice.value == chosen:
            return choice.until
    try:
        day = date.fromisoformat(chosen)
    except ValueError as error:
        raise ValidationError("Choose until when.", code="unknown") from error
    # Somebody chose this very day: it is no other, even if support is closed on it.
    return (hours.morning(day) if hours.are_set else None) or timezone.make_aware(datetime.combine(day, NINE))


def _offered(now: datetime, hours: OpeningHours) -> Iterator[Choice]:
    later = now + LATER
    if timezone.localdate(later) == timezone.localdate(now) and hours.is_open(later):
        yield Choice("later", "Later today", timezone.localtime(later))
    tomorrow, monday = (_morning(_day(value, now, hours), hours) for value in ("tomorrow", "monday"))
    yield Choice("tomorrow", _label(tomorrow, now, hours), tomorrow)
    if monday != tomorrow:
        yield Choice("monday", _label(monday, now, hours), monday)


def _day(value: str, now: datetime, hours: OpeningHours) -> date:
    today = _local(now, hours).date()
    return today + timedelta(days=1 if value == "tomorrow" else 7 - today.weekday())


def _morning(day: date, hours: OpeningHours) -> datetime:
    """The first morning from a day on; where support opens in no morning ahead, nine on that day."""
    if hours.are_set:
        for ahead in range(AHEAD):
            if moment := hours.morning(day + timedelta(days=ahead)):
                return moment
    return timezone.make_aware(datetime.combine(day, NINE))


def _label(moment: datetime, now: datetime, hours: OpeningHours) -> str:
    """ "Tomorrow morning", "Monday morning"; "Monday" alone where support opens after noon."""
    local, today = _local(moment, hours), _local(now, hours).date()
    day = "Tomorrow" if local.date() == today + timedelta(days=1) else Weekday(local.weekday()).label
    if local.date() > today + timedelta(days=7):
        day = f"{day}, {local:%-d %B}"
    return f"{day} morning" if local.hour < 12 and "," not in day else day


def _local(moment: datetime, hours: OpeningHours) -> datetime:
    """On the academy's clock where hours are set, else on the reader's."""
    return moment.astimezone(hours.zone) if hours.are_set else timezone.localtime(moment)
