"""Series: lessons that repeat, with the rule that their dates follow."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.models import Timestamped
from apps.courses.models import Batch, Enrollment
from apps.scheduling.models.rooms import Room
from apps.scheduling.models.times import LENGTHS, LONGEST, SHORTEST, check_zone
from apps.scheduling.recurrence import MOST, Pattern, Rule
from apps.students.models import Student

# How long an act on a series can be undone.
UNDO_WITHIN = timedelta(minutes=10)


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
    week_begins = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def rule(self) -> Rule:
        """Its rule."""
        days = frozenset(int(each) for each in self.weekdays)
        return Rule(self.pattern, self.first, self.interval, days, self.until, self.count, self.week_begins)


def rule_fields(rule: Rule) -> dict[str, Any]:
    """The columns of `Repeated` that hold this rule."""
    days = "".join(str(each) for each in sorted(rule.weekdays))
    own = {"pattern": rule.pattern, "interval": rule.interval, "weekdays": days, "first": rule.first}
    return own | {"until": rule.until, "count": rule.count, "week_begins": rule.week_begins}


class SeriesQuerySet(models.QuerySet["Series"]):
    """Series, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff; for a teacher own ones and their batches', for a student those they are in."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(Q(teacher=user) | Q(batch__teacher=user))
        named = Student.objects.filter(user=user).values("pk")
        placed = Enrollment.objects.not_ended().filter(student__user=user, batch__isnull=False).values("batch")
        through = Series.students.through._default_manager.filter(student__in=named).values("series")
        return self.filter(Q(pk__in=through) | Q(batch__in=placed))

    def going_on(self, day: date) -> Self:
        """Those that may have lessons on this day or later."""
        return self.exclude(ended_from__lte=day).exclude(until__lt=day)


class Series(Repeated, Timestamped):
    """Lessons that repeat. The lessons are rows of their own; this says how they come to be.

    One that goes on is filled a year ahead, up to `filled_until`. One of a batch is a slot of its timetable: it ends
    with the batch. A change from some date on makes a series of its own, which `continues` this one and has its dates
    from `since` on. The rule keeps its first date: the 31st stays the 31st, and ten lessons stay ten.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(max_length=120)
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="series")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="slots")
    students = models.ManyToManyField(Student, blank=True, related_name="series")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="series")
    place = models.CharField(max_length=200, blank=True)
    at = models.TimeField("time")
    zone = models.CharField("time zone", max_length=64, validators=[check_zone])
    minutes = models.PositiveSmallIntegerField(
        "length in minutes", validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    since = models.DateField(null=True, blank=True, editable=False)
    continues = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by", editable=False
    )
    filled_until = models.DateField(null=True, blank=True, editable=False)
    # From this day on it makes no lessons any more.
    ended_from = models.DateField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    client_key = models.UUIDField(null=True, blank=True, editable=False)
    made = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Series"]] = SeriesQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("scheduling:series_detail", args=[self.pk])

    def last_day(self, ahead: date) -> date:
        """The last day that it has lessons on, as far as is known; at most `ahead`."""
        ends = [self.until, self.batch.end if self.batch else None, ahead]
        return min(end for end in ends if end)


class SkippedDay(models.Model):
    """A date of a series that has no lesson: somebody skipped it, or it clashed (`why`). Nothing makes one there."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="skipped")
    day = models.DateField()
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["day", "pk"]
        constraints = [models.UniqueConstraint(fields=["series", "day"], name="one_skipped_day_per_series_and_day")]

    def __str__(self) -> str:
        return f"{self.series} not on {self.day}"


class SeriesChange(models.Model):
    """What one act did to a series, with what it takes to undo it: for ten minutes, and only as a whole.

    `made` are the ids of the lessons and `moves` those of the moves that it wrote; `before` holds what each other
    lesson was. An undone change is deleted; the audit keeps both.
    """

    class Kind(models.TextChoices):
        """What was done."""

        STARTED = "started", "Started"
        CHANGED = "changed", "Changed"
        ENDED = "ended", "Ended"
        # The batch ends earlier, and later after all.
        SHORTENED = "shortened", "Shortened"
        RESUMED = "resumed", "Resumed"

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    why = models.CharField(max_length=300, blank=True)
    made = models.JSONField(default=list, blank=True)
    before = models.JSONField(default=list, blank=True)
    moves = models.JSONField(default=list, blank=True)
    # What `ended_from` was, of the series that ended here.
    ended_before = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.series}: {self.get_kind_display().lower()}"

    @property
    def undoable_until(self) -> datetime:
        """When it stays for good."""
        return self.at + UNDO_WITHIN

    @property
    def is_undoable(self) -> bool:
        """May it still be undone? What follows a batch's end stays until that end moves again."""
        follows = self.kind in (self.Kind.SHORTENED, self.Kind.RESUMED)
        return not follows and timezone.now() < self.undoable_until
