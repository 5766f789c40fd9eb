"""Batches: groups of students who take a course together."""

from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_today
from apps.core.formats import number
from apps.core.models import Timestamped
from apps.core.money import academy_currency
from apps.courses.models.courses import Course
from apps.courses.models.validity import not_ended
from apps.realtime.access import AccessQuerySet, decides_access

NAME_TAKEN = "This course already has a batch of this name."


class BatchStatus(models.TextChoices):
    """Where a batch stands today; follows from its dates."""

    RUNNING = "running", "Running"
    UPCOMING = "upcoming", "Upcoming"
    ENDED = "ended", "Ended"


class BatchQuerySet(AccessQuerySet["Batch"]):
    """Batches, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff, own ones for a teacher, none for a student."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            return self.filter(teacher=user)
        return self.none()

    def with_sizes(self) -> Self:
        """Each with `size`, the number of students in it now."""
        return self.annotate(size=Count("enrollments", filter=not_ended(timezone.now(), "enrollments__")))

    def in_status(self, status: str) -> Self:
        """Those that are running, upcoming or ended today."""
        today = academy_today()
        ended = Q(end__lt=today)
        if status == BatchStatus.ENDED:
            return self.filter(ended)
        if status == BatchStatus.UPCOMING:
            return self.filter(start__gt=today)
        return self.filter(start__lte=today).exclude(ended)

    def without_teacher(self) -> Self:
        """Those that have not ended and that nobody teaches who can sign in."""
        nobody = Q(teacher=None) | Q(teacher__is_active=False)
        return self.filter(nobody).exclude(end__lt=academy_today())

    def running_first(self) -> Self:
        """Running, then upcoming, then ended; by name within each."""
        today = academy_today()
        ended, upcoming = When(end__lt=today, then=Value(2)), When(start__gt=today, then=Value(1))
        return self.order_by(Case(ended, upcoming, default=Value(0)), "name", "pk")

    def with_places(self) -> Self:
        """Those that have not ended and have a free place, each with its `size`."""
        current = self.exclude(end__lt=academy_today())
        return current.with_sizes().filter(size__lt=F("capacity"))


@decides_access("teacher", "end", "end_ends_access", of=["teacher", "enrollments__student__user"])
class Batch(Timestamped):
    """A group of students who take a course together."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="batches")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="batches",
    )
    name = models.CharField(max_length=120)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    end_ends_access = models.BooleanField(
        "the end ends access", default=False, help_text="Students lose access to the course after the last day."
    )
    capacity = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    fee = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)])
    currency = models.CharField(max_length=3, default=academy_currency)

    objects: ClassVar[models.Manager["Batch"]] = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["course", "name"], name="one_batch_of_a_name_per_course"),
            models.CheckConstraint(condition=Q(end=None) | Q(end__gte=F("start")), name="batch_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="batch_has_a_place"),
            models.CheckConstraint(condition=Q(fee__gte=0), name="batch_fee_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page where the batch is seen and changed."""
        return reverse("courses:batch_edit", args=[self.pk])

    @property
    def status(self) -> BatchStatus:
        """Where it stands today."""
        today = academy_today()
        if self.end and self.end < today:
            return BatchStatus.ENDED
        return BatchStatus.UPCOMING if self.start > today else BatchStatus.RUNNING

    def count_students(self) -> int:
        """How many students are in it now; certain while the caller holds the row's lock."""
        return self.enrollments.not_ended().count()

    def clean(self) -> None:
        """Say at the field what the constraints would refuse, and keep a place for everyone who is in it.

        Raises ValidationError. Unset fields have been refused already, each for itself.
        """
        errors = {}
        if self.end and self.start and self.end < self.start:
            errors["end"] = "It ends before it starts."
        if self.teacher_id and not possible_teachers(self).filter(pk=self.teacher_id).exists():
            errors["teacher"] = "Only a teacher who can sign in can be given a batch. Choose another."
        others = Batch.objects.filter(course_id=self.course_id, name=self.name).exclude(pk=self.pk)
        if self.course_id and self.name and others.exists():
            errors["name"] = NAME_TAKEN
        if self.pk and self.course_id and self.enrollments.exclude(course_id=self.course_id).exists():
            errors["course"] = "Students took its course here: make another batch for another course."
        if self.pk and self.capacity and self.capacity < (size := self.count_students()):
            errors["capacity"] = f"It has {_counted(size, 'student')}: {number(self.capacity)} can't be enough places."
        if errors:
            raise ValidationError(errors)


def possible_teachers(batch: Batch) -> models.QuerySet[User]:
    """Who can teach it: teachers who can sign in, and whoever it has already."""
    has = Batch.objects.filter(pk=batch.pk).values("teacher")
    return User.objects.filter(Q(role=Role.TEACHER, is_active=True) | Q(pk__in=has))


def _counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"
