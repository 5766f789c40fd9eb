"""Bookings: the lessons of the calendar, who takes part in each, and who and what is taken when."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.models import Timestamped
from apps.courses.models import Batch, Course, Enrollment
from apps.scheduling.models.rooms import Room
from apps.scheduling.models.series import Series
from apps.scheduling.models.times import Timed, time_constraints
from apps.students.models import Student

# Nothing that happens is longer: with this bound an index on `start` finds all that overlaps a span.
LONGEST_SPAN = timedelta(days=1)
# More than any number of minutes before a lesson that people are reminded.
NEVER_REMINDED = 9_999


class BookingState(models.TextChoices):
    """Whether a lesson is to take place, or took place."""

    ON = "on", "On"
    CALLED_OFF = "called_off", "Called off"


class BookingQuerySet(models.QuerySet["Booking"]):
    """Lessons, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff; own ones, and for teachers those of the students whom they teach now."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(Q(teacher=user) | Booking.of(Student.objects.visible_to(user)))
        return self.filter(Booking.of(Student.objects.filter(user=user)))

    def taught_to(self, students: QuerySet[Student]) -> Self:
        """Those that any of these students takes part in."""
        return self.filter(Booking.of(students))

    def on(self) -> Self:
        """Those that were not called off."""
        return self.filter(state=BookingState.ON)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that happen, in part at least, in this span."""
        # The bound lets the index on `start` find them.
        return self.filter(start__lt=end, end__gt=start, start__gt=start - LONGEST_SPAN)


class Booking(Timed, Timestamped):
    """A lesson of the calendar: a teacher, students or a batch, perhaps a room, at a wall time.

    People read "lesson"; `Lesson` belongs to courses. One of a batch is for whoever has a place in it when the lesson
    begins: `rolled` says since when its attendees are rows. `sequence` rises with every change.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    subject = models.CharField(max_length=120)
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="bookings")
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    place = models.CharField(max_length=200, blank=True, help_text="A link, or where it is.")
    series = models.ForeignKey(Series, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    # The date on which the series' rule put it; it keeps this when it is moved.
    series_day = models.DateField(null=True, blank=True, editable=False)
    state = models.CharField(max_length=10, choices=BookingState, default=BookingState.ON)
    called_off_at = models.DateTimeField(null=True, blank=True, editable=False)
    called_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    reason = models.CharField(max_length=300, blank=True)
    rolled = models.DateTimeField(null=True, blank=True, editable=False)
    # When its time was last set: no reminder is due for an hour that had passed by then.
    timed_at = models.DateTimeField(default=timezone.now, editable=False)
    # The last reminder that was sent for this time: minutes before it, falling.
    reminded = models.PositiveSmallIntegerField(default=NEVER_REMINDED, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    client_key = models.UUIDField(null=True, blank=True, editable=False)
    students = models.ManyToManyField(Student, through="Attendee", related_name="bookings")

    # How many students are marked, of how many; where attendance_day has counted.
    marked: int
    due: int
    # The students whom the reader may see; where they were prefetched.
    shown_students: list[Student]

    objects: ClassVar[models.Manager["Booking"]] = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            *time_constraints("booking"),
            models.CheckConstraint(condition=~Q(subject=""), name="booking_has_a_subject"),
            models.CheckConstraint(
                condition=Q(state=BookingState.ON, called_off_at=None)
                | Q(state=BookingState.CALLED_OFF, called_off_at__isnull=False),
                name="booking_is_on_or_called_off",
            ),
            models.UniqueConstraint(fields=["series", "series_day"], name="one_booking_per_series_and_day"),
            models.UniqueConstraint(fields=["made_by", "client_key"], name="one_booking_per_client_key"),
        ]
        indexes = [
            models.Index(fields=["start"], name="bookings_by_start"),
            models.Index(fields=["start"], condition=Q(rolled=None), name="bookings_to_roll"),
            models.Index(fields=["teacher", "start"], name="bookings_of_teacher"),
            models.Index(fields=["batch", "start"], name="bookings_of_batch"),
            models.Index(fields=["room", "start"], name="bookings_in_room"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("scheduling:booking_detail", args=[self.pk])

    @staticmethod
    def of(students: QuerySet[Student]) -> Q:
        """The condition under which any of these students takes part in a lesson.

        Until its attendees are fixed, a batch's lesson is for whoever holds a place in the batch when it begins.
        """
        return Q(pk__in=Booking.lesson_ids_of(students))

    @staticmethod
    def lesson_ids_of(students: QuerySet[Student]) -> QuerySet[Any, Any]:
        """Ids of lessons of any of these students, for `pk__in`; ids may repeat."""
        fixed = Attendee.objects.filter(student__in=students.values("pk"))
        inside = Enrollment.objects.filter(student__in=students.values("pk"), is_active=True, batch__isnull=False)
        placed = placed_in(OuterRef("start"), OuterRef("day")).filter(
            batch=OuterRef("batch"), pk__in=inside.values("pk")
        )
        coming = Booking.objects.filter(Exists(placed), rolled=None, batch__in=inside.values("batch"))
        # A union, because the database then finds each part by its own index. With OR it would read every lesson.
        return fixed.order_by().values("booking").union(coming.order_by().values("pk"), all=True)

    @property
    def begun(self) -> bool:
        """Has it begun? What has begun is never moved or called off."""
        return self.start <= timezone.now()

    @property
    def is_on(self) -> bool:
        """Is it, or was it, to take place?"""
        return self.state == BookingState.ON

    def attendees(self) -> QuerySet[Student]:
        """Who takes part: its rows, and for a batch's lesson to come whoever is placed there when it begins."""
        rows = Q(pk__in=Attendee.objects.filter(booking=self.pk).values("student"))
        if self.batch_id and self.rolled is None:
            placed = placed_in(self.start, self.day).filter(batch=self.batch_id)
            rows |= Q(pk__in=placed.values("student"))
        return Student.objects.filter(rows)

    def resources(self) -> list[str]:
        """Whose and which time it takes: its teacher and its room."""
        return resources(self.teacher_id, self.room_id)


class Attendee(models.Model):
    """A student who takes part in a lesson, by name or because they were in its batch when it began."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="attendee_rows")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="attendances_due")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["student", "booking"], name="one_place_per_student_and_booking")]

    def __str__(self) -> str:
        return f"{self.student} in {self.booking}"


class BookingMove(models.Model):
    """A lesson was moved: where it was, where to, who moved it and why.

    After a proposal `by` is whoever proposed it, and `agreed_by` whoever accepted.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="moves")
    was_start = models.DateTimeField()
    was_minutes = models.PositiveSmallIntegerField()
    was_room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    to_start = models.DateTimeField()
    to_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    to_room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"Move of {self.booking}"


class Claim(models.Model):
    """A teacher or a room is taken in a span (UTC, half-open), by a lesson or by times proposed for one.

    Rows are inserted and deleted, never updated; the database refuses one that overlaps another of its resource
    (migration 0002: an exclusion constraint on PostgreSQL, triggers on SQLite) or is longer than a day.
    """

    resource = models.CharField(max_length=32)
    start = models.DateTimeField()
    end = models.DateTimeField()
    booking = models.ForeignKey(Booking, null=True, blank=True, on_delete=models.CASCADE, related_name="claims")
    proposal = models.ForeignKey("Proposal", null=True, blank=True, on_delete=models.CASCADE, related_name="claims")

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="claim_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, proposal=None) | Q(booking=None, proposal__isnull=False),
                name="claim_is_for_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["resource", "start"], name="claims_of_resource")]

    def __str__(self) -> str:
        return f"{self.resource} {self.start:%Y-%m-%d %H:%M}"


def placed_in(start: Any, day: Any) -> QuerySet[Enrollment]:
    """The enrollments that hold a place in their batch at `start`, on `day`: values, or references to a lesson's.

    What courses say for a moment at hand (models/validity.py), for each lesson's own.
    """
    open_end = Q(expires_at=None) | Q(expires_at__gt=start)
    outlived = Q(batch__end_ends_access=False) | Q(batch__end=None) | Q(batch__end__gte=day)
    return Enrollment.objects.filter(open_end, outlived, is_active=True, enrolled_at__lte=start)


def resources(teacher_id: int | None, room_id: int | None) -> list[str]:
    """What a teacher and a room are called in claims."""
    return [f"{name}-{pk}" for name, pk in (("room", room_id), ("user", teacher_id)) if pk]


def overlapping(spans: Iterable[tuple[datetime, datetime]]) -> Q:
    """The condition under which a row with `start` and `end` overlaps any of these spans."""
    found = Q(pk__in=[])
    for start, end in spans:
        found |= Q(start__lt=end, end__gt=start, start__gt=start - LONGEST_SPAN)
    return found
