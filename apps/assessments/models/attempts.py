"""Attempts. Everything that an attempt depends on is copied when it starts and stays as it was."""

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

# How long a withdrawal can be undone before the open attempts of the student end.
RETURN = timedelta(hours=1)


class Ending(models.TextChoices):
    """How an attempt ended."""

    HANDED_IN = "handed_in", "Handed in"
    TIME = "time", "Time was up"
    LEFT = "left", "Left the course"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Attempts by state and by who may see them."""

    def open(self) -> Self:
        """Attempts that haven't ended."""
        return self.filter(ended_at=None)

    def sat_at(self, now: datetime) -> Self:
        """Open attempts whose student has time left and is still enrolled."""
        enrolled = Enrollment.objects.valid(now).filter(
            student=models.OuterRef("student"), course=models.OuterRef("quiz__course")
        )
        return self.open().filter(Q(over_at=None) | Q(over_at__gt=now), models.Exists(enrolled))

    def own(self, user: User) -> Self:
        """A student's own attempts."""
        return self.filter(student__user=user)

    def visible_to(self, user: User) -> Self:
        """A student's own attempts; for teachers those of their courses and batches; for admins and staff all."""
        if user.sees_all:
            return self
        followed = Enrollment.objects.filter(batch__teacher=user)
        in_batch = models.Exists(
            followed.filter(student=models.OuterRef("student"), course=models.OuterRef("quiz__course"))
        )
        return self.filter(Q(student__user=user) | Q(quiz__course__in=Course.objects.written_by(user)) | Q(in_batch))

    def overdue(self, now: datetime) -> Self:
        """Open attempts whose deadline and grace have passed."""
        return self.open().filter(over_at__lte=now)

    def left(self, now: datetime) -> Self:
        """Open attempts without a deadline whose student left the course at least `RETURN` ago.

        One with a deadline runs on to it: the time that its student has doesn't depend on being enrolled.
        """
        mine = Enrollment.objects.filter(student=models.OuterRef("student"), course=models.OuterRef("quiz__course"))
        stayed = (mine.not_ended(now), mine.not_ended(now - RETURN), mine.filter(expires_at__gt=now - RETURN))
        return self.open().filter(*(~models.Exists(rows) for rows in stayed), over_at=None)


class Attempt(models.Model):
    """One sitting of a quiz by a student, with the times, questions and points that the quiz had at its start.

    The deadline is computed at the start and only extra time moves it. `over_at` is the deadline plus a grace for
    requests already under way. Answers that arrive later are stored as late.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    allowed = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)
    # The quiz's times at the start.
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    opens = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    # The student's extra time, and minutes given while the attempt ran.
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
        """The student's page."""
        return reverse("assessments:attempt_detail", args=[self.quiz_id, self.number])

    @property
    def rules(self) -> Rules:
        """The quiz's times at the start."""
        return Rules(timedelta(minutes=self.minutes) if self.minutes else None, self.opens, None, self.ends_at)

    @property
    def allowance(self) -> Allowance:
        """The student's extra time when the deadline was last computed."""
        return Allowance(self.factor, self.extra_minutes)

    @property
    def is_open(self) -> bool:
        """True until the attempt ends."""
        return self.ended_at is None

    @property
    def seconds_left(self) -> int | None:
        """Seconds until the deadline, at least 0; None without a deadline."""
        if self.deadline is None:
            return None
        return max(0, math.ceil((self.deadline - timezone.now()).total_seconds()))

    @property
    def percent(self) -> Decimal | None:
        """The mark in percent; None while the attempt runs."""
        return None if self.points is None else percent(self.points, self.possible)

    @property
    def passed(self) -> bool:
        """Does the mark reach the pass mark?"""
        return self.percent is not None and self.quiz.passes(self.percent)


class AttemptQuestion(models.Model):
    """A question in an attempt: its version, its slot and the order of its options.

    `options` are pairs of a random token, which the page sends, and the option's id. Tokens reveal neither the
    original order nor the key, and are worthless in another attempt.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions")
    slot = models.PositiveSmallIntegerField()
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="asked")
    possible = models.DecimalField(max_digits=7, decimal_places=2)
    options: "models.JSONField[list[list[object]], list[list[object]]]" = models.JSONField(default=list, blank=True)
    # Rounded for display; the attempt's mark adds up the exact points.
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
        """Option ids by token."""
        return words_of(self.options)


def words_of(options: list[list[object]]) -> dict[str, int]:
    """Option ids by token, from the `options` of an attempt's question."""
    return {str(word): int(str(choice)) for word, choice in options}


class Answer(models.Model):
    """The answer to a question of an attempt. One that arrives after the end is a second row, `is_late`.

    `counter` is the sender's: a lower one never replaces a higher one, and a repeated one changes nothing.
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
        """The answer in the form that marking takes."""
        return Given(frozenset(self.chosen), self.text)
