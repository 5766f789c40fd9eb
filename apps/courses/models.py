"""What is taught, to which groups, and who is in them."""

from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.models import Timestamped
from apps.core.money import academy_currency
from apps.students.models import Student


class Course(Timestamped):
    """A subject with its material."""

    title = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class BatchQuerySet(models.QuerySet["Batch"]):
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
        return self.annotate(size=Count("enrollments", filter=Q(enrollments__is_active=True)))


class Batch(Timestamped):
    """A group of students who take a course together."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="batches")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="batches",
        limit_choices_to={"role": Role.TEACHER},
    )
    name = models.CharField(max_length=120)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
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


class Enrollment(models.Model):
    """A student takes a course, perhaps in a batch. One that ended is kept, inactive."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="enrollments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="enrollments")
    is_active = models.BooleanField("active", default=True)
    enrolled_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-enrolled_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "course"], condition=Q(is_active=True), name="one_active_enrollment_per_course"
            ),
        ]
        indexes = [models.Index(fields=["batch", "is_active"])]

    def __str__(self) -> str:
        return f"{self.student} in {self.batch or self.course}"
