"""Attempts: everything that an attempt depends on is written when it starts, and stays as it was."""

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assessments.deadlines import Allowance, Rules
from apps.assessments.marking import Given, percent
from apps.assessments.models.questions import QuestionVersion
from apps.assessments.models.quizzes import Quiz
from apps.courses.models import Course, Enrollment
from apps.students.models import Student


class Ending(models.TextChoices):
    """How an attempt ended."""

    HANDED_IN = "handed_in", "Handed in"
    TIME = "time", "Time was up"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Attempts, found through what a person may see."""

    def open(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def sat_at(self, now: datetime) -> Self:
        """Open ones that their student can still go on with: in time, and enrolled."""
        enrolled = Enrollment.objects.valid(now).filter(
            student=models.OuterRef("student"), course=models.OuterRef("quiz__course")
        )
        return self.open().filter(Q(over_at=None) | Q(over_at__gt=now), models.Exists(enrolled))

    def visible_to(self, user: User) -> Self:
        """A student's own; for teachers those of their courses and batches; all for admins and staff."""
        if user.sees_all:
            return self
        followed = Enrollment.objects.filter(batch__teacher=user)
        in_batch = models.Exists(
            followed.filter(student=models.OuterRef("student"), course=models.OuterRef("quiz__course"))
        )
        return self.filter(Q(student__user=user) | Q(quiz__course__in=Course.objects.written_by(user)) | Q(in_batch))

    def overdue(self, now: datetime) -> Self:
        """Open ones whose time was up some time ago, the grace included."""
        return self.open().filter(over_at__lte=now)


class Attempt(models.Model):
    """A student sits a quiz. Its times, its questions and what they can earn are those of its start.

    The deadline is computed when it starts and moved by extra time alone. `over_at` is the deadline and the grace for
    requests that were under way then: what arrives later is kept apart.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    allowed = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)
    # The quiz's own times as they were then.
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    opens = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # The student's extra time, and what was given while it ran.
    factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(1))
    extra_minutes = models.PositiveIntegerField(default=0)
    added_minutes = models.PositiveIntegerField(default=0)
    grace_seconds = models.PositiveSmallIntegerField(default=0)
    deadline = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=9, choices=Ending, blank=True)
    partial = models.CharField(max_length=5, default="none")
    possible = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    points = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)

    objects: ClassVar[models.Manager["Attempt"]] = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "student", "number"], name="one_attempt_of_a_number"),
            models.UniqueConstraint(
                fields=["quiz", "student"], condition=Q(ended_at=None), name="one_open_attempt_per_student"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(number__lte=F("allowed")), name="no_attempt_above_the_allowance"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, points=None) | Q(ended_at__isnull=False, points__isnull=False),
                name="ended_attempt_is_marked",
            ),
        ]
        indexes = [
            models.Index(fields=["over_at"], condition=Q(ended_at=None), name="attempts_running_out"),
            models.Index(fields=["quiz", "ended_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.quiz}, attempt {self.number}"

    def get_absolute_url(self) -> str:
        """The student's own page of it."""
        return reverse("assessments:attempt_detail", args=[self.quiz_id, self.number])

    @property
    def rules(self) -> Rules:
        """The quiz's times when it started."""
        return Rules(timedelta(minutes=self.minutes) if self.minutes else None, self.opens, None, self.ends_at)

    @property
    def allowance(self) -> Allowance:
        """The student's extra time when it was computed last."""
        return Allowance(self.factor, self.extra_minutes)

    @property
    def is_open(self) -> bool:
        """Has it not ended?"""
        return self.ended_at is None

    @property
    def seconds_left(self) -> int | None:
        """Seconds until the deadline, never below zero; None for no end."""
        if self.deadline is None:
            return None
        return max(0, math.ceil((self.deadline - timezone.now()).total_seconds()))

    @property
    def percent(self) -> Decimal | None:
        """The mark in percent; None while it runs."""
        return None if self.points is None else percent(self.points, self.possible)

    @property
    def passed(self) -> bool:
        """Is the mark enough to pass?"""
        return self.percent is not None and self.quiz.passes(self.percent)


class AttemptQuestion(models.Model):
    """A question as one attempt asks it: which version, in which place, its options in which order.

    `options` are pairs of a word made for this attempt, which the page sends, and the option's id. Nothing about the
    original order or the key can be read from the words, and those of another attempt mean nothing here.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions")
    slot = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="asked")
    possible = models.DecimalField(max_digits=7, decimal_places=2)
    options: "models.JSONField[list[list[object]], list[list[object]]]" = models.JSONField(default=list, blank=True)
    # Its mark, rounded to be shown; the attempt's is added up from exact ones.
    points = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    flagged = models.BooleanField(default=False)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "slot"], name="one_question_of_a_slot"),
            models.UniqueConstraint(fields=["attempt", "version"], name="one_slot_per_version"),
        ]

    def __str__(self) -> str:
        return f"Question {self.slot}"

    @property
    def words(self) -> dict[str, int]:
        """The option behind each word."""
        return {str(word): int(str(choice)) for word, choice in self.options}


class Answer(models.Model):
    """The answer to a question of an attempt; one that arrived after the end stands beside it, as late.

    `counter` is the sender's: a lower one never replaces a higher one, and the same one twice is one.
    """

    question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="answers")
    is_late = models.BooleanField(default=False)
    counter = models.PositiveBigIntegerField(default=1)
    chosen: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list, blank=True)
    text = models.TextField(blank=True, max_length=2_000)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["question", "is_late"], name="one_answer_and_one_late_answer")]

    def __str__(self) -> str:
        return f"Answer to {self.question}"

    @property
    def given(self) -> Given:
        """What was answered, as it is marked."""
        return Given(frozenset(self.chosen), self.text)
