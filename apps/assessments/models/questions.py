"""Questions and their versions. A version never changes: each edit adds one."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.assessments.marking import CHOSEN, Key, KeyStep, Kind, Mend, read_number
from apps.assessments.models.quizzes import Quiz
from apps.core.models import Timestamped


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions, removed ones included."""

    def asked(self) -> "QuestionQuerySet":
        """Questions that a new attempt gets, in order."""
        return self.filter(removed_at=None, current__isnull=False).order_by("position", "pk")


class Question(Timestamped):
    """A question of a quiz; its content is in the `current` version. A removed one is left out of new attempts."""

    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveIntegerField(default=0)
    current = models.ForeignKey(
        "QuestionVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Question"]] = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["quiz", "position"])]

    def __str__(self) -> str:
        return str(self.current) if self.current else f"Question {self.pk}"


class QuestionVersion(models.Model):
    """One saved state of a question, with its key."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(max_length=20_000)
    html = models.TextField(blank=True, editable=False)
    points = models.DecimalField(
        max_digits=7,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(10_000))],
    )
    # Accepted answers of a short text, one a line.
    variants = models.TextField(blank=True, max_length=5_000)
    case_matters = models.BooleanField("upper and lower case matter", default=False)
    # Text as typed, because SQLite keeps only fifteen digits of a decimal.
    number_key = models.CharField("number", max_length=60, blank=True)
    tolerance = models.CharField(max_length=60, default="0", blank=True)
    feedback = models.TextField(blank=True, max_length=5_000)
    feedback_html = models.TextField(blank=True, editable=False)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_question_version_of_a_number"),
            models.CheckConstraint(condition=Q(points__gt=0), name="question_has_points"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.NUMBER) | ~Q(number_key=""), name="number_question_has_a_number"
            ),
            models.CheckConstraint(condition=~Q(kind=Kind.TEXT) | ~Q(variants=""), name="text_question_has_a_text"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def rendered(self) -> SafeString:
        """The text as HTML, rendered and sanitized by apps.core.markdown when it was saved."""
        return mark_safe(self.html)  # noqa: S308

    @property
    def rendered_feedback(self) -> SafeString:
        """The feedback as HTML, rendered and sanitized when it was saved."""
        return mark_safe(self.feedback_html)  # noqa: S308

    @property
    def has_choices(self) -> bool:
        """Is it answered by choosing options?"""
        return self.kind in CHOSEN

    @property
    def keys(self) -> list[KeyStep]:
        """The original key, then each correction in order but for undone ones; reads `choices` and `mendings`."""
        right = [choice.pk for choice in self.choices.all() if choice.is_right]
        first = make_key(self.kind, right, self.variants, self.case_matters, self.number_key, self.tolerance)
        mended = sorted((each for each in self.mendings.all() if not each.undone_at), key=lambda each: each.pk)
        return [KeyStep(Mend.NEW, first), *(KeyStep(each.mode, each.key) for each in mended)]

    @property
    def key(self) -> Key:
        """The key that counts now."""
        return self.keys[-1].key


def make_key(
    kind: str, right: Iterable[int], variants: str, case_matters: bool, number_key: str, tolerance: str
) -> Key:
    """Build a Key from column values."""
    accepted = tuple(line.strip() for line in variants.splitlines() if line.strip())
    number = read_number(number_key) if kind == Kind.NUMBER else None
    return Key(kind, frozenset(right), accepted, case_matters, number, read_number(tolerance) or Decimal(0))


class Choice(models.Model):
    """An option of a question."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=1_000)
    html = models.TextField(blank=True, editable=False)
    is_right = models.BooleanField("right", default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "text"], name="one_option_of_a_text")]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def rendered(self) -> SafeString:
        """The text as HTML, rendered and sanitized by apps.core.markdown when it was saved."""
        return mark_safe(self.html)  # noqa: S308


class KeyMending(models.Model):
    """A key corrected after students had answered, and how that affects their marks."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="mendings")
    mode = models.CharField(max_length=4, choices=Mend, default=Mend.KEEP)
    right: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list, blank=True)
    variants = models.TextField(blank=True, max_length=5_000)
    number_key = models.CharField("number", max_length=60, blank=True)
    tolerance = models.CharField(max_length=60, default="0", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # An undone correction is skipped, so that marks are exactly those from before it, whatever its mode and theirs.
    undone_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Corrected key of {self.version}"

    @property
    def key(self) -> Key:
        """The corrected key."""
        version = self.version
        return make_key(version.kind, self.right, self.variants, version.case_matters, self.number_key, self.tolerance)
