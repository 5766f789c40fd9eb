"""Requests for lessons, and proposals to move one: both wait for the other side."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.models import Timestamped
from apps.courses.models import Course
from apps.scheduling.models.bookings import Booking
from apps.scheduling.models.rooms import Room
from apps.scheduling.models.series import Repeated
from apps.scheduling.models.times import LENGTHS, LONGEST, SHORTEST, Timed, time_constraints
from apps.students.models import Student

# The most times that an answer or a proposal may offer.
MOST_TIMES = 3


class RequestState(models.TextChoices):
    """What became of a request. It is open until one side says yes or no, takes it back, or its time has come."""

    OPEN = "open", "Open"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class Side(models.TextChoices):
    """The two who agree about a lesson."""

    STUDENT = "student", "The student"
    TEACHER = "teacher", "The teacher"

    @property
    def other(self) -> "Side":
        """The one across."""
        return Side.TEACHER if self is Side.STUDENT else Side.STUDENT


class LessonRequestQuerySet(models.QuerySet["LessonRequest"]):
    """Requests, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff; for a teacher those to and from them, for a student their own."""
        if user.sees_all:
            return self
        return self.filter(teacher=user) if user.role == Role.TEACHER else self.filter(student__user=user)

    def open(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(state=RequestState.OPEN)

    def waiting_for(self, user: User) -> Self:
        """The open ones whose answer is this person's to give."""
        mine = Q(turn=Side.TEACHER, teacher=user) | Q(turn=Side.STUDENT, student__user=user)
        return self.open().filter(mine)


class LessonRequest(Repeated, Timestamped):
    """A student and a teacher agree about a lesson, or a series of them (`repeats`).

    `turn` says whose answer it waits for: asking and answering with other times hand it to the other side. The times to
    choose among are its `times`; a series has one. Nothing is held until it is approved.
    """

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="lesson_requests")
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_requests")
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.CharField(max_length=120)
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    place = models.CharField(max_length=200, blank=True)
    note = models.TextField("a word", max_length=1_000, blank=True)
    minutes = models.PositiveSmallIntegerField(
        "length in minutes", validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    repeats = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    turn = models.CharField(max_length=8, choices=Side)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # What the other side wrote: the reason for a no, or a word with other times.
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Without an answer it ends then, before the first of its times.
    expires = models.DateTimeField(editable=False)
    # One reminder, half-way.
    remind_at = models.DateTimeField(null=True, blank=True, editable=False)
    client_key = models.UUIDField(null=True, blank=True, editable=False)
    # What came of it: the lesson, or one of the series.
    booking = models.ForeignKey(Booking, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[models.Manager["LessonRequest"]] = LessonRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="request_has_a_subject"),
            models.CheckConstraint(condition=Q(minutes__range=LENGTHS), name="request_has_a_possible_length"),
            models.UniqueConstraint(fields=["asked_by", "client_key"], name="one_request_per_client_key"),
        ]
        indexes = [
            models.Index(fields=["teacher", "state"], name="requests_of_teacher"),
            models.Index(fields=["student", "state"], name="requests_of_student"),
            models.Index(fields=["expires"], condition=Q(state="open"), name="open_requests_by_end"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("scheduling:request_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Does it wait for an answer?"""
        return self.state == RequestState.OPEN


class RequestTime(Timed):
    """A time that a request offers."""

    request = models.ForeignKey(LessonRequest, on_delete=models.CASCADE, related_name="times")

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            *time_constraints("request_time"),
            models.UniqueConstraint(fields=["request", "start"], name="one_request_time_per_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.at:%H:%M}"

    @property
    def repeats_as(self) -> str:
        """How lessons that begin at this time repeat, in words."""
        return self.request.rule.starting(self.day).words


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals to move lessons, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those of lessons that this person takes part in, or may decide about."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(booking__teacher=user)
        return self.filter(booking__in=Booking.objects.taught_to(Student.objects.filter(user=user)).values("pk"))

    def open(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(state=RequestState.OPEN)

    def waiting_for(self, user: User) -> Self:
        """The open ones whose answer is this person's to give: only lessons for one student are moved by proposal."""
        mine = Q(turn=Side.TEACHER, booking__teacher=user) | Q(
            turn=Side.STUDENT, booking__attendee_rows__student__user=user
        )
        return self.open().filter(mine)


class Proposal(Timestamped):
    """One side proposes other times for a lesson, and holds them; the lesson stays until the other agrees."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="proposals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    turn = models.CharField(max_length=8, choices=Side)
    why = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires = models.DateTimeField(editable=False)
    client_key = models.UUIDField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Proposal"]] = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="open"), name="one_open_proposal_per_booking"
            ),
            models.UniqueConstraint(fields=["by", "client_key"], name="one_proposal_per_client_key"),
        ]
        indexes = [models.Index(fields=["expires"], condition=Q(state="open"), name="open_proposals_by_end")]

    def __str__(self) -> str:
        return f"Proposal for {self.booking}"

    @property
    def is_open(self) -> bool:
        """Does it wait for an answer?"""
        return self.state == RequestState.OPEN


class ProposedTime(Timed):
    """A time that a proposal offers."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="times")

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            *time_constraints("proposed_time"),
            models.UniqueConstraint(fields=["proposal", "start"], name="one_proposed_time_per_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.at:%H:%M}"


def expiry(first: datetime, now: datetime | None = None) -> datetime:
    """When a request or proposal for `first` ends unanswered: after a week, or an hour before its first time.

    What is asked for at short notice ends halfway to that time.
    """
    now = now or timezone.now()
    return min(now + timedelta(days=7), max(first - timedelta(hours=1), now + (first - now) / 2))
