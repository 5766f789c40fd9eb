"""What assessments hold about a person: their attempts and extra time."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.parts import Part
from apps.assessments.models import Accommodation, Attempt
from apps.assessments.policies import over_among, shown


class AssessmentsPart(Part):
    """Attempts stay with the academy's records."""

    name = "assessments"

    def own_data(self, user: User) -> dict[str, Any]:
        """The person's attempts with their answers, and the marks that they may see."""
        rows = Attempt.objects.own(user).select_related("quiz").order_by("pk")
        extra = Accommodation.objects.filter(student__user=user).values("factor", "minutes")
        return {"attempts": _attempts(rows), "extra_time": list(extra)}


def _attempts(rows: Any) -> Iterator[dict[str, Any]]:
    over = over_among({row.quiz for row in rows}, timezone.now())
    for row in rows.prefetch_related("questions__answers", "questions__version__choices").iterator(chunk_size=100):
        seen = shown(row, over=row.quiz_id in over)
        yield {
            "quiz": row.quiz.title,
            "number": row.number,
            "started": row.started_at.isoformat(),
            "ended": row.ended_at.isoformat() if row.ended_at else None,
            "points": str(row.points) if seen.mark else None,
            "answers": [answer for question in row.questions.all() for answer in _answers(question)],
        }


def _answers(question: Any) -> Iterator[dict[str, Any]]:
    texts = {choice.pk: choice.text for choice in question.version.choices.all()}
    for answer in question.answers.all():
        yield {
            "question": question.version.text,
            "answer": answer.text or [texts.get(pk, "") for pk in answer.chosen],
            "saved": answer.saved_at.isoformat(),
            "late": answer.is_late,
        }
