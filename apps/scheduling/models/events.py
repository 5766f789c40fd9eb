"""A person's own events, once or repeated. Others only see that the person is busy."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Max, Prefetch, Q, Value, When
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import Timestamped
from apps.scheduling.models.series import Repeated
from apps.scheduling.models.times import LONGEST, SHORTEST, check_zone
from apps.scheduling.recurrence import Pattern, Rule
from apps.scheduling.wall_time import Moment, end_of, moment

# The most days that one all-day event may take.
MOST_DAYS = 60
# How long feeds list a deleted event as cancelled.
TOLD = timedelta(days=62)


class OwnEventQuerySet(models.QuerySet["OwnEvent"]):
    """Events, filtered by what a person may see."""

    def visible_to(self, user: User) -> Self:
        """A person's own events, which only they can open; nobody who looks as them can."""
        return self.none() if user.looked_as else self.kept().filter(owner=user)

    def kept(self) -> Self:
        """Events that haven't been deleted."""
        return self.filter(deleted_at=None)

    def shown_to(self, user: User) -> Self:
        """Events as this person may be shown them, with `shown_title`: empty where they see only "busy".

        What it says is left in the database: notes always, and the title unless it is their own, or they are staff and
        it isn't private. Of others' events one is shown those in which they are busy.
        """
        own = Q(pk__in=[]) if user.looked_as else Q(owner=user)
        readable = own | Q(is_private=False) if user.sees_all or user.looked_as else own
        title = Case(When(readable, then=F("title")), default=Value(""))
        return self.kept().filter(own | Q(is_busy=True)).defer("title", "notes").annotate(shown_title=title)

    def around(self, first: date, last: date) -> Self:
        """Events that may fall on these days, in any time zone."""
        near, far = last + timedelta(days=2), first - timedelta(days=MOST_DAYS + 2)
        goes_on = Q(repeats=True) & (Q(until=None) | Q(until__gte=far))
        apart = OwnEvent.objects.filter(instead_of__range=(far, near)).only("series", "instead_of")
        rows = self.filter(goes_on | Q(first__gte=far), first__lte=near)
        return rows.prefetch_related(Prefetch("exceptions", apart))


class OwnEvent(Repeated, Timestamped):
    """An entry in one person's calendar: on whole days (dates, no zone), or at a time of day in a zone.

    `last` is the last day of an all-day event, inclusive. Without `repeats` it happens once, on `first`. With it, the
    rule may count from an earlier date, `counted_from`: the 31st stays the 31st in an event that begins in February.

    An exception replaces one day of its `series`, `instead_of`; a deleted exception removes that day. Deleted events,
    and days that a change removed, stay as rows without words while feeds cancel them (actions/events.py). Events
    that were split from one share its `uid`.
    """

    uid = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_events")
    title = models.CharField(max_length=120)
    notes = models.TextField(max_length=1_000, blank=True)
    is_busy = models.BooleanField("busy", default=True)
    is_private = models.BooleanField("private", default=True)
    last = models.DateField("last day", null=True, blank=True)
    at = models.TimeField("time", null=True, blank=True)
    zone = models.CharField("time zone", max_length=64, blank=True, validators=[check_zone])
    minutes = models.PositiveSmallIntegerField(
        "length in minutes", null=True, blank=True, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    repeats = models.BooleanField(default=False)
    counted_from = models.DateField(null=True, blank=True, editable=False)
    series = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="exceptions", editable=False
    )
    instead_of = models.DateField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    client_key = models.UUIDField(null=True, blank=True, editable=False)

    # The title as the reader may see it, set by `shown_to`.
    shown_title: str

    objects: ClassVar[models.Manager["OwnEvent"]] = OwnEventQuerySet.as_manager()

    class Meta:
        ordering = ["first", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="own_event_has_a_title"),
            models.CheckConstraint(
                condition=Q(at=None, minutes=None, zone="", last__gte=F("first"))
                | (Q(at__isnull=False, minutes__range=(SHORTEST, LONGEST), last=None) & ~Q(zone="")),
                name="own_event_has_days_or_times",
            ),
            models.UniqueConstraint(fields=["owner", "client_key"], name="one_own_event_per_client_key"),
            models.UniqueConstraint(fields=["series", "instead_of"], name="one_exception_per_series_and_day"),
            models.CheckConstraint(
                condition=Q(series=None) | Q(instead_of__isnull=False, repeats=False), name="exception_is_one_day"
            ),
        ]
        indexes = [models.Index(fields=["owner", "first"], name="own_events_of_owner")]

    def __str__(self) -> str:
        return f"Event {self.pk}"  # Django's admin shows this to people who may not read the title.

    def get_absolute_url(self) -> str:
        """Its page, which its owner opens."""
        return reverse("scheduling:event_edit", args=[self.pk])

    @property
    def rule(self) -> Rule:
        """Its rule. The event has only those dates that are on or after `first`."""
        return replace(super().rule, first=self.counted_from or self.first)

    @property
    def is_all_day(self) -> bool:
        """Is it on whole days, without times?"""
        return self.at is None

    @property
    def days(self) -> int:
        """How many days each occurrence takes; 1 if it has times."""
        return (self.last - self.first).days + 1 if self.last else 1

    def dates(self, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last` on which it begins, without its exceptions."""
        apart = {row.instead_of for row in self.exceptions.all()} if self.repeats else set()
        return (day for day in self.all_dates(first, last) if day not in apart)

    def all_dates(self, first: date, last: date) -> Iterator[date]:
        """The days from `first` to `last` on which its rule has it begin, exceptions included."""
        if not self.repeats:
            if first <= self.first <= last:
                yield self.first
            return
        first = max(first, self.first)
        for day in _skipped(self.rule, first).dates():
            if day > last:
                return
            if day >= first:
                yield day

    def uid_on(self, day: date) -> str:
        """The UID in feeds of its occurrence on a day. It stays the same when that day is changed."""
        day = self.instead_of or day
        return f"{self.uid}-{day:%Y%m%d}" if self.repeats or self.instead_of else str(self.uid)

    @property
    def next_sequence(self) -> int:
        """A SEQUENCE higher than that of any event with its `uid`."""
        found: int = OwnEvent.objects.filter(uid=self.uid).aggregate(most=Max("sequence"))["most"]
        return found + 1

    def moments(self, day: date) -> tuple[datetime, datetime]:
        """The start and end of its occurrence on a day; only for an event with times."""
        assert self.at is not None
        assert self.minutes is not None
        begins: Moment = moment(day, self.at, self.zone)
        return begins.at, end_of(begins.at, self.minutes)


def _skipped(rule: Rule, first: date) -> Rule:
    """A weekly rule that begins shortly before `first`, so that an old one isn't walked through from its start."""
    if rule.pattern != Pattern.WEEKLY or rule.count:
        return rule
    step = 7 * rule.interval
    ahead = max(0, ((first - rule.first).days - step) // step) * step
    weekdays = rule.weekdays or frozenset({rule.first.weekday()})
    return replace(rule, first=rule.first + timedelta(days=ahead), weekdays=weekdays)
