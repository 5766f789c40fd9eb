"""Extra time: a student's for every quiz, and time given while a quiz ran."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.assessments.deadlines import MOST_FACTOR, MOST_MINUTES, Allowance
from apps.assessments.models.quizzes import Quiz
from apps.core.models import Timestamped
from apps.students.models import Student


class Accommodation(Timestamped):
    """A student's extra time for every quiz: a factor of the time limit, plus minutes."""

    student = models.OneToOneField(Student, on_delete=models.CASCADE, related_name="accommodation")
    factor = models.DecimalField(
        "times the usual time",
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(MOST_FACTOR)],
    )
    minutes = models.PositiveIntegerField("and minutes", default=0, validators=[MaxValueValidator(MOST_MINUTES)])

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(factor__gte=1), name="accommodation_takes_no_time_away")]

    def __str__(self) -> str:
        return f"Extra time of {self.student}"

    @property
    def allowance(self) -> Allowance:
        """The extra time in the form that apps.assessments.deadlines takes."""
        return Allowance(self.factor, self.minutes)


class Extension(models.Model):
    """Time given while a quiz ran, to one attempt or to everybody."""

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="extensions")
    attempt = models.ForeignKey("Attempt", null=True, blank=True, on_delete=models.PROTECT, related_name="extensions")
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["Extension"]]

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(minutes__gte=1), name="extension_gives_a_minute")]

    def __str__(self) -> str:
        return f"{self.minutes} minutes more"
