"""Until when a ticket is put aside, on the reader's clock."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

MORNING = time(9)
LATER = timedelta(hours=3)


class Choice(NamedTuple):
    """A moment to choose: what stands in the form, what it is called, and when that is."""

    value: str
    label: str
    until: datetime


def choices(now: datetime | None = None) -> list[Choice]:
    """What is offered now; "later today" only where that is still today."""
    here = timezone.localtime(now)
    later = here + LATER
    offered = [Choice("later", "Later today", later)] if later.date() == here.date() else []
    tomorrow = _morning(here.date() + timedelta(days=1))
    monday = _morning(here.date() + timedelta(days=7 - here.weekday()))
    return [*offered, Choice("tomorrow", "Tomorrow morning", tomorrow), Choice("monday", "Monday morning", monday)]


def until(chosen: str, now: datetime | None = None) -> datetime:
    """The moment of a choice, or the morning of a day (2026-12-05); raises ValidationError for anything else."""
    for choice in choices(now):
        if choice.value == chosen:
            return choice.until
    try:
        return _morning(date.fromisoformat(chosen))
    except ValueError as error:
        raise ValidationError("Choose until when.", code="unknown") from error


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, MORNING))
