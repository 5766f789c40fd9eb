"""A wall time with its zone and length, and the moments that follow from them."""

from datetime import date, datetime, time
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.scheduling.wall_time import Clock, end_of, known_zone, moment, release

SHORTEST, LONGEST = 5, 720
LENGTHS = (SHORTEST, LONGEST)


def check_zone(name: str) -> None:
    """Raise ValidationError for what is no zone of the pinned data."""
    if known_zone(name) is None:
        raise ValidationError("This isn't a time zone.", code="unknown")


class Timed(models.Model):
    """What happens at a wall time. `start` and `end` (UTC) are derived from the other fields, with `zone_release`."""

    day = models.DateField()
    at = models.TimeField("time")
    zone = models.CharField("time zone", max_length=64, validators=[check_zone])
    minutes = models.PositiveSmallIntegerField(
        "length in minutes", validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    start = models.DateTimeField(editable=False)
    end = models.DateTimeField(editable=False)
    zone_release = models.CharField(max_length=16, editable=False)

    # What a change of clocks does to it; where `timed` has set it.
    clock: Clock = Clock.PLAIN

    class Meta:
        abstract = True

    def timed(self, day: date, at: time, zone: str, minutes: int) -> Self:
        """Set its wall time, and the moments that follow with today's zone data."""
        self.day, self.at, self.zone, self.minutes = day, at, zone, minutes
        return self.derive()

    def derive(self) -> Self:
        """Set its moments from its wall time with today's zone data."""
        self.start, self.clock = moment(self.day, self.at, self.zone)
        self.end, self.zone_release = end_of(self.start, self.minutes), release()
        return self

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From when until when (UTC, half-open)."""
        return self.start, self.end


TIME_FIELDS = ("day", "at", "zone", "minutes", "start", "end", "zone_release")


def time_constraints(name: str) -> list[models.BaseConstraint]:
    """What every such table must hold; `name` is that of its rows."""
    return [
        models.CheckConstraint(condition=Q(end__gt=F("start")), name=f"{name}_ends_after_it_starts"),
        models.CheckConstraint(condition=Q(minutes__range=LENGTHS), name=f"{name}_has_a_possible_length"),
    ]
