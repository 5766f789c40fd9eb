"""Quizzes on Today: running, open, upcoming and newly marked ones for students; for teachers who is sitting one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.assessments.live import QUIZ, staff_channel
from apps.assessments.models import Attempt, Quiz
from apps.assessments.standing import Line, listed

# The most quizzes of a kind to list, and how long a result counts as news.
MOST, NEWS = 3, timedelta(days=3)


@dataclass
class QuizzesToday:
    """A student's quizzes, running ones first; for a teacher `sat`, those that their students are sitting."""

    running: list[Line] = field(default_factory=list)
    open: list[Line] = field(default_factory=list)
    next: Line | None = None
    result: Line | None = None
    sat: list[dict[str, Any]] = field(default_factory=list)
    channel: str = ""
    event: str = ""

    @property
    def anything(self) -> bool:
        """Is there anything to show?"""
        return bool(self.running or self.open or self.next or self.result or self.sat)


def quizzes_today(user: User) -> QuizzesToday:
    """The quizzes for `user`'s Today page; at most five queries."""
    if user.role == Role.TEACHER:
        return _taught(user)
    return _own(user) if user.role == Role.STUDENT else QuizzesToday()


def _own(user: User) -> QuizzesToday:
    lines = listed(user, Quiz.objects.visible_to(user).select_related("course"))
    opening = [line for line in lines if line.standing.opens and line.standing.left]
    marked = [line for line in lines if _ended(line) >= timezone.now() - NEWS and line.standing.mark]
    found = QuizzesToday(
        running=[line for line in lines if line.standing.open][:MOST],
        open=sorted((line for line in lines if line.standing.may_start and not line.standing.attempts), key=_until),
        next=min(opening, key=lambda line: line.quiz.opens or timezone.now(), default=None),
        result=max(marked, key=_ended, default=None),
        channel=f"user-{user.pk}",
        event=QUIZ,
    )
    found.open = found.open[:MOST]
    return found


def _until(line: Line) -> tuple[bool, float]:
    """Sort key: the earliest to close first."""
    end = line.standing.start_until
    return (end is None, end.timestamp() if end else 0)


def _ended(line: Line) -> datetime:
    moments = [attempt.ended_at for attempt in line.standing.attempts if attempt.ended_at]
    return max(moments, default=datetime.min.replace(tzinfo=timezone.get_default_timezone()))


def _taught(user: User) -> QuizzesToday:
    rows = Attempt.objects.visible_to(user).sat_at(timezone.now())
    columns = rows.values("quiz", "quiz__title", "quiz__course__title")
    sat = list(columns.annotate(sitting=Count("pk"), until=Max("deadline")).order_by("until", "quiz")[:MOST])
    return QuizzesToday(sat=[dict(row) for row in sat], channel=" ".join(staff_channel(row["quiz"]) for row in sat))
