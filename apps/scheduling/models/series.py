"""Series: lessons that repeat, with the rule that their dates follow."""

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.models import Timestamped
from apps.courses.models import Batch
from apps.scheduling.models.times import LENGTHS, LONGEST, SHORTEST, check_zone
from apps.scheduling.recurrence import MOST, Pattern, Rule


class Repeated(models.Model):
    """A rule of dates, as columns (recurrence.py says what they mean). `weekdays` are digits, 0 is Monday."""

    pattern = models.CharField(max_length=14, choices=Pattern, default=Pattern.WEEKLY)
    interval = models.PositiveSmallIntegerField(
        "every", default=1, validators=[MinValueValidator(1), MaxValueValidator(52)]
    )
    weekdays = models.CharField(max_length=7, blank=True)
    first = models.DateField("from")
    until = models.DateField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )

    class Meta:
        abstract = True

    @property
    def rule(self) -> Rule:
        """Its rule."""
        days = frozenset(int(each) for each in self.weekdays)
        return Rule(self.pattern, self.first, self.interval, days, self.until, self.count)


def rule_fields(rule: Rule) -> dict[str, Any]:
    """The columns of `Repeated` that hold this rule."""
    days = "".join(str(each) for each in sorted(rule.weekdays))
    own = {"pattern": rule.pattern, "interval": rule.interval, "weekdays": days, "first": rule.first}
    return own | {"until": rule.until, "count": rule.count}


class Series(Repeated, Timestamped):
    """Lessons that repeat. The lessons are rows of their own; this says how they come to be.

    An open one is filled a year ahead, up to `filled_until`. One of a batch is a slot of its timetable: it ends with
    the batch.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(max_length=120)
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="series")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="slots")
    at = models.TimeField("time")
    zone = models.CharField("time zone", max_length=64, validators=[check_zone])
    minutes = models.PositiveSmallIntegerField(
        "length in minutes", validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    filled_until = models.DateField(null=True, blank=True, editable=False)
    # From this day on it makes no lessons any more.
    ended_from = models.DateField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    client_key = models.UUIDField(null=True, blank=True, editable=False)
    made = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="series_has_a_subject"),
            models.CheckConstraint(condition=Q(minutes__range=LENGTHS), name="series_has_a_possible_length"),
            models.CheckConstraint(condition=Q(interval__gte=1), name="series_goes_on"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("first")), name="series_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["made_by", "client_key"], name="one_series_per_client_key"),
        ]

    def __str__(self) -> str:
        return self.subject

    def last_day(self, ahead: date) -> date:
        """The last day that it has lessons on, as far as is known; at most `ahead`."""
        ends = [self.until, self.batch.end if self.batch else None, ahead]
        return min(end for end in ends if end)
