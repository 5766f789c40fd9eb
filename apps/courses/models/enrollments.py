"""Enrollments: who takes what, from when until when. `Enrollment.objects.valid(at)` is the one query that decides."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_day, academy_midnight
from apps.core.models import Timestamped
from apps.courses.models.batches import Batch
from apps.courses.models.courses import Course
from apps.courses.models.validity import not_ended, valid
from apps.realtime.access import AccessQuerySet, decides_access
from apps.students.models import Student


class EnrollmentQuerySet(AccessQuerySet["Enrollment"]):
    """Enrollments by what they open when."""

    def valid(self, at: datetime | None = None) -> Self:
        """Those that open their course at a moment (now)."""
        return self.filter(valid(at or timezone.now()))

    def not_ended(self, at: datetime | None = None) -> Self:
        """Those that hold a place at a moment (now): the valid ones, and those that begin later."""
        return self.filter(not_ended(at or timezone.now()))

    def followed_by(self, user: User) -> Self:
        """Those whose progress this person may see: all for admins and staff, those of own courses and batches."""
        if user.sees_all:
            return self
        if user.role != Role.TEACHER:
            return self.none()
        return self.filter(Q(course__in=Course.objects.written_by(user)) | Q(batch__teacher=user))

    def ending(self) -> datetime | None:
        """The moment at which the last of these ends, as far as it is known; None where one has no end.

        Ends by a batch count, so it is for a handful of rows, not for a table.
        """
        ends = [enrollment.ends_at for enrollment in self.select_related("batch")]
        return None if None in ends else max((end for end in ends if end), default=None)

    def expired(self) -> Self:
        """Rows still marked active after their own end. A batch's end may yet be moved: it closes none."""
        return self.filter(is_active=True, expires_at__lte=timezone.now())


@decides_access(
    *("student", "course", "batch", "is_active", "enrolled_at", "expires_at"), of=["batch__teacher", "student__user"]
)
class Enrollment(models.Model):
    """A student takes a course, perhaps in a batch. One that ended is kept.

    `is_active` falls when it is withdrawn, and some time after it ran out: never ask it alone, ask `valid(at)`.
    """

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrollments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments")
    is_active = models.BooleanField("active", default=True)
    enrolled_at = models.DateTimeField("from", default=timezone.now)
    expires_at = models.DateTimeField("until", null=True, blank=True)
    # Taking a course again is a new run, with progress and a certificate of its own.
    run = models.PositiveSmallIntegerField(default=1)
    code = models.ForeignKey(
        "EnrollmentCode", null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments", editable=False
    )

    objects: ClassVar[models.Manager["Enrollment"]] = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["-enrolled_at", "pk"]
        constraints = [
            # Whoever enrolls somebody first closes, in the same transaction, what ran out.
            models.UniqueConstraint(
                fields=["student", "course"], condition=Q(is_active=True), name="one_active_enrollment_per_course"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(expires_at=None) | Q(expires_at__gt=F("enrolled_at")),
                name="enrollment_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "is_active"]),
            models.Index(fields=["course", "is_active"]),
            models.Index(fields=["expires_at"], condition=Q(is_active=True), name="enrollment_running_out"),
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.batch or self.course}"

    @property
    def enrolled_on(self) -> date:
        """The day of `enrolled_at` in the academy's calendar."""
        return academy_day(self.enrolled_at)

    @property
    def last_day(self) -> date | None:
        """The last day of its own, in the academy's calendar, on which it opens its course; None for no end."""
        return academy_day(self.expires_at - timedelta(microseconds=1)) if self.expires_at else None

    @property
    def last_open_day(self) -> date | None:
        """The same, where the end of its batch counts too."""
        return academy_day(self.ends_at - timedelta(microseconds=1)) if self.ends_at else None

    @property
    def state(self) -> str:
        """`valid`, `later` or `ended`, now."""
        if self.is_valid():
            return "valid"
        running = self.is_active and (self.ends_at is None or timezone.now() < self.ends_at)
        return "later" if running else "ended"

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which it opens nothing any more, as far as it is known; None for no end."""
        ends = [self.expires_at] if self.expires_at else []
        if self.batch and self.batch.end_ends_access and self.batch.end:
            ends.append(academy_midnight(self.batch.end + timedelta(days=1)))
        return min(ends, default=None)

    def is_valid(self, at: datetime | None = None) -> bool:
        """Does it open its course at a moment (now)? The same as `valid(at)`, for a row at hand."""
        at = at or timezone.now()
        return self.enrolled_at <= at and self.holds_place(at)

    def holds_place(self, at: datetime | None = None) -> bool:
        """Does it hold a place at a moment (now)? The same as `not_ended(at)`, for a row at hand."""
        return self.is_active and (self.ends_at is None or (at or timezone.now()) < self.ends_at)


class EnrollmentCode(Timestamped):
    """A word that enrolls whoever types it: so many times, until a moment, perhaps into a batch."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="codes")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="codes")
    # Upper case without spaces and dashes, as it is compared.
    text = models.CharField("code", max_length=40, unique=True)
    uses = models.PositiveIntegerField("how many may use it", validators=[MinValueValidator(1)])
    expires_at = models.DateTimeField("until", null=True, blank=True)
    access_days = models.PositiveIntegerField(
        "days of access", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3_650)]
    )
    is_active = models.BooleanField("active", default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created", "pk"]
        constraints = [models.CheckConstraint(condition=Q(uses__gte=1), name="code_can_be_used")]

    def __str__(self) -> str:
        return f"Code for {self.batch or self.course}"

    @property
    def shown(self) -> str:
        """As people read it: eight letters in two groups, a word as it is."""
        return f"{self.text[:4]}-{self.text[4:]}" if len(self.text) == 8 and not self.text.isalpha() else self.text

    @property
    def last_day(self) -> date | None:
        """The last day on which it enrolls, in the academy's calendar; None for no end."""
        return academy_day(self.expires_at - timedelta(microseconds=1)) if self.expires_at else None

    @property
    def has_run_out(self) -> bool:
        """Is its last day over?"""
        return bool(self.expires_at and self.expires_at <= timezone.now())
