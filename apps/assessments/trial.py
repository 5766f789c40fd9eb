"""Trial runs: a teacher answers a quiz and sees it marked; nothing is stored."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.http import QueryDict

from apps.assessments.marking import CHOSEN, Given, earned, rounded, share_by, total
from apps.assessments.models import QuestionVersion, Quiz
from apps.assessments.shown import OptionShown, QuestionShown, ResultLine, right_of, trial_questions


@dataclass
class Trial:
    """A quiz as a student sees it and, once answers were sent, its mark."""

    quiz: Quiz
    sent: QueryDict | None = None

    @cached_property
    def versions(self) -> list[QuestionVersion]:
        """The current version of each question."""
        asked = self.quiz.questions.asked().select_related("current")
        rows = asked.prefetch_related("current__choices", "current__mendings")
        return [row.current for row in rows if row.current]

    @cached_property
    def questions(self) -> list[QuestionShown]:
        """The questions as a student sees them, with the answers that were sent."""
        found = trial_questions(self.versions)
        for question in found if self.sent is not None else []:
            given = self._given(question.slot)
            question.text = given.text
            question.options = [
                OptionShown(each.word, each.html, int(each.word) in given.chosen) for each in question.options
            ]
        return found

    @cached_property
    def lines(self) -> list[ResultLine]:
        """Each question marked; empty before answers were sent."""
        if self.sent is None:
            return []
        return [
            ResultLine(
                slot,
                version.rendered,
                version.points,
                rounded(self._earned(slot)),
                right=right_of(version),
                feedback=version.rendered_feedback if version.feedback_html else None,
            )
            for slot, version in enumerate(self.versions, 1)
        ]

    @property
    def points(self) -> Decimal:
        """Points earned."""
        return total(self._earned(slot) for slot in range(1, len(self.versions) + 1))

    @property
    def possible(self) -> Decimal:
        """Points possible."""
        return sum((version.points for version in self.versions), Decimal(0))

    def _given(self, slot: int) -> Given:
        values = self.sent.getlist(f"a{slot}") if self.sent is not None else []
        version = self.versions[slot - 1]
        if version.kind not in CHOSEN:
            return Given(text=values[0][:2_000] if values else "")
        known = {choice.pk for choice in version.choices.all()}
        return Given(frozenset(int(each) for each in values if each.isdecimal() and len(each) < 19) & known)

    def _earned(self, slot: int) -> Fraction:
        version = self.versions[slot - 1]
        return earned(version.points, share_by(version.keys, self._given(slot), self.quiz.partial))
