"""Notifications for students: more time, and results that arrive without their doing."""

from typing import Any

from apps.accounts.models import Role, User
from apps.assessments.models import Attempt, KeyMending, Quiz
from apps.assessments.policies import shown
from apps.notifications.events import about, notify
from apps.notifications.models import Way
from apps.notifications.notification_types import Found, NotificationType, looked_up


def extended(attempt: Attempt, minutes: int, actor: User) -> None:
    """Notify a student of more time in their running attempt."""
    key = f"quiz-time-{attempt.pk}-{attempt.added_minutes}"
    _tell("quiz_time", key, f"More time: {attempt.quiz}", attempt, actor, minutes=minutes)


def ended_by_time(attempt: Attempt) -> None:
    """Notify a student that their attempt ended because time was up."""
    _tell("quiz_result", f"quiz-ended-{attempt.pk}", f"Time was up: {attempt.quiz}", attempt, None, why="time")


def marked_again(attempt: Attempt, mending: KeyMending, actor: User, *, over: bool) -> None:
    """Notify a student whose mark a correction, or its undoing, changed, if they may see it.

    `over` is whether the quiz has closed for everyone.
    """
    if shown(attempt, over=over).mark:
        key = f"quiz-{'unmarked' if mending.undone_at else 'marked'}-{attempt.pk}-{mending.pk}"
        _tell("quiz_result", key, f"New mark: {attempt.quiz}", attempt, actor, why="marked")


def released(quiz: Quiz, actor: User) -> None:
    """Notify everyone who sat a quiz of its released results, once each, with a link to their last attempt."""
    ended = quiz.attempts.filter(ended_at__isnull=False).select_related("student", "quiz").order_by("pk")
    for attempt in {each.student_id: each for each in ended}.values():
        _tell("quiz_result", f"quiz-released-{attempt.pk}", f"Result: {quiz}", attempt, actor, why="released")


def _tell(kind: str, key: str, title: str, attempt: Attempt, actor: User | None, **data: Any) -> None:
    if user_id := attempt.student.user_id:
        notify(kind, key, title, actor=actor, thing=attempt, about=about(attempt), to=[user_id], **data)


def _attempts(user: User | None, ids: list[int]) -> dict[int, Attempt]:
    rows = Attempt.objects.all() if user is None else Attempt.objects.own(user)
    return rows.select_related("quiz").in_bulk(ids)


def _found(attempt: Attempt, _: User | None) -> Found:
    return Found(attempt.get_absolute_url(), about=attempt.quiz.title, more={"quiz": attempt.quiz.title})


_find, _show = looked_up(_attempts, _found)

TYPES = (
    NotificationType(
        name="quiz_time",
        order=33,
        label="More time in a quiz",
        about="You were given more time while you sit a quiz.",
        why="You are sitting this quiz.",
        icon="clock",
        template="assessments/notices/quiz_time.html",
        find=_find,
        show=_show,
        ways=frozenset({Way.PAGE}),
        urgent=True,
        roles=frozenset({Role.STUDENT}),
    ),
    NotificationType(
        name="quiz_result",
        order=33,
        label="Quiz results",
        about="A quiz you sat ended, its result is available, or your mark changed.",
        why="You sat this quiz.",
        icon="award",
        template="assessments/notices/quiz_result.html",
        find=_find,
        show=_show,
        roles=frozenset({Role.STUDENT}),
    ),
)
