"""What a toast offers to undo: where that is posted, what is sent along, and what the button is called."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.urls import reverse

from apps.courses.models import Batch, Enrollment


@dataclass(frozen=True)
class Undo:
    """The Undo button of a toast."""

    url: str
    label: str
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_withdrawal(cls, enrollment: Enrollment, ends_at: datetime | None) -> Self:
        """For an enrollment that was just ended and would have gone on until `ends_at`."""
        url = reverse("courses:withdrawal_undo", args=[enrollment.course_id, enrollment.pk])
        return cls(url, f"Undo the withdrawal of {enrollment.student.full_name}", _ends(ends_at))

    @classmethod
    def of_move(cls, source: Batch, before: Enrollment, moved: Enrollment) -> Self:
        """For a move out of `source`: `before` is the enrollment as it was, `moved` the one in the other batch."""
        fields = {"batch": str(moved.batch_id)}
        if moved.pk != before.pk:
            fields |= {"ended": str(before.pk), **_ends(before.expires_at)}
        url = reverse("courses:move_undo", args=[source.pk, moved.student_id])
        return cls(url, f"Undo the move of {moved.student.full_name}", fields)


def _ends(at: datetime | None) -> dict[str, str]:
    return {"ends": at.isoformat()} if at else {}
