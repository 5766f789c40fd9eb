"""Who was there. No row means that nobody has marked it yet."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.scheduling.models.bookings import Booking
from apps.students.models import Student


class Presence(models.TextChoices):
    """How a student attended a lesson."""

    PRESENT = "present", "Present"
    LATE = "late", "Late"
    ABSENT = "absent", "Absent"
    EXCUSED = "excused", "Excused"


class Attendance(models.Model):
    """How one student attended one lesson, as somebody marked it."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="attendance")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="attendance")
    state = models.CharField(max_length=8, choices=Presence)
    minutes_late = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    note = models.CharField(max_length=300, blank=True)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "attendance"
        constraints = [
            models.UniqueConstraint(fields=["booking", "student"], name="one_mark_per_booking_and_student"),
            models.CheckConstraint(condition=Q(state__in=Presence.values), name="attendance_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(minutes_late=None) | Q(state="late"), name="minutes_belong_to_late_ones"
            ),
        ]
        indexes = [models.Index(fields=["student", "booking"], name="attendance_of_student")]

    def __str__(self) -> str:
        return f"{self.student}: {self.get_state_display()}"
