"""Quizzes: their settings, times, and when results are shown."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.assessments.deadlines import Rules
from apps.assessments.marking import Counts, Partial
from apps.core.models import Timestamped
from apps.courses.models import Course, Enrollment, Lesson
from apps.realtime.access import AccessQuerySet, decides_access

LONGEST = 10_080


class When(models.TextChoices):
    """When a part of the result is shown."""

    AT_ONCE = "at_once", "As soon as the attempt ends"
    CLOSED = "closed", "When nobody can sit the quiz any more"
    RELEASED = "released", "When you release it"


def _open_to(user: User, at: datetime | None) -> Q:
    enrolled = Enrollment.objects.valid(at).filter(student__user=user).values("course")
    return Q(published=True, course__published=True, course__in=enrolled)


class QuizQuerySet(AccessQuerySet["Quiz"]):
    """Quizzes by who may see, change or mark them."""

    def visible_to(self, user: User, at: datetime | None = None) -> Self:
        """Quizzes of courses whose content `user` may read; for students, published ones of courses open to them."""
        if user.sees_all:
            return self
        return self.filter(Q(course__in=Course.objects.read_by(user)) | _open_to(user, at))

    def open_to(self, user: User, at: datetime | None = None) -> Self:
        """Published quizzes of the courses in which `user` has a valid enrollment."""
        return self.filter(_open_to(user, at))

    def written_by(self, user: User) -> Self:
        """Quizzes of courses that `user` may edit."""
        return self if user.sees_all else self.filter(course__in=Course.objects.written_by(user))

    def read_by(self, user: User) -> Self:
        """Quizzes whose questions and results `user` may see without sitting them."""
        return self if user.sees_all else self.filter(course__in=Course.objects.read_by(user))


@decides_access("course", of=["course__teaching__teacher", "course__batches__teacher"])
class Quiz(Timestamped):
    """An automatically marked quiz of a course."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="quizzes")
    # The lesson in the outline that is this quiz, if any.
    lesson = models.OneToOneField(Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="quiz")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True, max_length=20_000)
    html = models.TextField(blank=True, editable=False)
    published = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField(
        "time limit in minutes",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text="Leave empty for no limit.",
    )
    opens = models.DateTimeField(null=True, blank=True)
    no_start_after = models.DateTimeField("no start after", null=True, blank=True)
    ends_at = models.DateTimeField("ends for everyone at", null=True, blank=True)
    attempts_allowed = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    counts = models.CharField("the mark is", max_length=4, choices=Counts, default=Counts.BEST)
    shuffle_questions = models.BooleanField("shuffle the questions", default=False)
    shuffle_options = models.BooleanField("shuffle the options", default=True)
    partial = models.CharField("partial marks", max_length=5, choices=Partial, default=Partial.MINUS)
    pass_percent = models.PositiveSmallIntegerField(
        "passed from, in percent", default=50, validators=[MaxValueValidator(100)]
    )
    shows_mark = models.BooleanField("show the mark", default=True)
    shows_answers = models.BooleanField("show their own answers", default=True)
    shows_key = models.BooleanField("show the right answers", default=True)
    shows_feedback = models.BooleanField("show the feedback", default=True)
    result_when = models.CharField("mark and own answers", max_length=8, choices=When, default=When.AT_ONCE)
    key_when = models.CharField("right answers and feedback", max_length=8, choices=When, default=When.CLOSED)
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Minutes given to everybody while it ran. They also move its ends for students who start later.
    added_minutes = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Quiz"]] = QuizQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name_plural = "quizzes"
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="quiz_has_a_title"),
            models.CheckConstraint(condition=Q(minutes=None) | Q(minutes__gte=1), name="quiz_lasts_a_minute"),
            models.CheckConstraint(condition=Q(attempts_allowed__gte=1), name="quiz_allows_an_attempt"),
            models.CheckConstraint(condition=Q(pass_percent__lte=100), name="quiz_can_be_passed"),
            models.CheckConstraint(
                condition=Q(opens=None) | Q(ends_at=None) | Q(ends_at__gt=F("opens")), name="quiz_ends_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(opens=None) | Q(no_start_after=None) | Q(no_start_after__gt=F("opens")),
                name="quiz_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a lesson of another course, and another course once somebody has sat the quiz."""
        if self.lesson and (self.lesson.kind != "quiz" or self.lesson.module.course_id != self.course_id):
            raise ValidationError({"lesson": "Choose a lesson of the kind “Quiz” of the same course."})
        if self.pk and self.attempts.exclude(quiz__course=self.course_id).exists():
            raise ValidationError("Students have sat this quiz: it stays in its course.")

    def get_absolute_url(self) -> str:
        """The quiz's page."""
        return reverse("assessments:quiz_detail", args=[self.pk])

    @property
    def rendered(self) -> SafeString:
        """The description as HTML, rendered and sanitized by apps.core.markdown when it was saved."""
        return mark_safe(self.html)  # noqa: S308

    @property
    def rules(self) -> Rules:
        """Its times for apps.assessments.deadlines."""
        added = timedelta(minutes=self.added_minutes)
        return Rules(
            timedelta(minutes=self.minutes) if self.minutes else None,
            self.opens,
            self.no_start_after + added if self.no_start_after else None,
            self.ends_at + added if self.ends_at else None,
        )

    @property
    def is_released(self) -> bool:
        """Have the results been released?"""
        return self.released_at is not None and self.released_at <= timezone.now()

    def passes(self, percent: Decimal) -> bool:
        """Is this percentage enough to pass?"""
        return percent >= self.pass_percent
