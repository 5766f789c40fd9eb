"""The page for writing a quiz: every question, one of them as a form, and a form for a new one."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.http import QueryDict

from apps.assessments.actions import obstacles
from apps.assessments.forms import QuestionForm, QuizForm, initial_of
from apps.assessments.marking import Kind
from apps.assessments.models import Choice, Question, Quiz
from apps.assessments.shown import right_of


@dataclass
class WrittenQuestion:
    """A question on the page, read-only or as a form."""

    question: Question
    place: int
    is_first: bool
    is_last: bool
    form: QuestionForm | None = None

    @property
    def was_asked(self) -> bool:
        """Does any attempt have it?"""
        return self.question.versions.filter(asked__isnull=False).exists()

    @property
    def options(self) -> list[tuple[Choice, bool]]:
        """(option, is right) by the key that counts now."""
        version = self.question.current
        right = version.key.right if version else frozenset()
        return [(choice, choice.pk in right) for choice in version.choices.all()] if version else []

    @property
    def accepted(self) -> list[str]:
        """The accepted answers of a question without options."""
        version = self.question.current
        return [str(each) for each in right_of(version)] if version and not version.has_choices else []


@dataclass
class WritingPage:
    """Context of the page."""

    quiz: Quiz
    asked: QueryDict
    settings: QuizForm
    form: QuestionForm | None = None
    edited: Question | None = None

    @cached_property
    def questions(self) -> list[WrittenQuestion]:
        """The questions in order, the selected one as a form."""
        rows = self.quiz.questions.asked().select_related("current")
        found = list(rows.prefetch_related("current__choices", "current__mendings"))
        opened = str(self.edited.pk) if self.edited else self.asked.get("question", "")
        lines = [WrittenQuestion(row, n, n == 1, n == len(found)) for n, row in enumerate(found, 1)]
        for line in lines:
            if str(line.question.pk) == opened and line.question.current:
                kind = line.question.current.kind
                line.form = self.form or QuestionForm(kind=kind, initial=initial_of(line.question))
        return lines

    @cached_property
    def new(self) -> QuestionForm | None:
        """The form of a new question, if a kind was chosen."""
        if self.form and not self.edited:
            return self.form
        kind = self.asked.get("add", "")
        return QuestionForm(kind=kind) if kind in Kind else None

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of questions, for the buttons that add one."""
        return list(Kind.choices)

    @cached_property
    def removed(self) -> list[Question]:
        """Removed questions, which can be restored."""
        rows = self.quiz.questions.filter(removed_at__isnull=False, current__isnull=False)
        return list(rows.select_related("current").order_by("-removed_at")[:50])

    @property
    def total(self) -> Decimal:
        """The sum of all points."""
        points = [line.question.current.points for line in self.questions if line.question.current]
        return sum(points, Decimal(0))

    @cached_property
    def obstacles(self) -> list[str]:
        """What keeps the quiz from being published, in sentences."""
        return [] if self.quiz.published else obstacles(self.quiz)
