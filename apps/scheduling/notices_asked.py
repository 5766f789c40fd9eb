"""Notifications shared by requests and proposals: an answer is due, and what the answer was."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from apps.accounts.models import Role, User
from apps.notifications.models import Event
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.scheduling.models import LessonRequest, Proposal, RequestState
from apps.scheduling.models.requests import LessonRequestQuerySet, ProposalQuerySet

PEOPLE = frozenset({Role.TEACHER, Role.STUDENT})


def question_and_answer[Asked: (LessonRequest, Proposal)](
    rows: Any,
    side: Callable[[Asked, str], Iterable[int]],
    found: Callable[[Asked, User | None], Found],
    question: Mapping[str, Any],
    answer: Mapping[str, Any],
) -> tuple[NotificationType, NotificationType]:
    """The two notification types for a question from one side and the other side's answer.

    `rows` are the questions; `side` gives the people on a side, by question ids. The first type holds while it is open.
    """
    asked: LessonRequestQuerySet | ProposalQuerySet = rows

    def open_ones(user: User | None, ids: list[int]) -> Mapping[int, Any]:
        return (asked.open().waiting_for(user) if user else asked.open()).in_bulk(ids)

    def ended_ones(user: User | None, ids: list[int]) -> Mapping[int, Any]:
        ended = asked.exclude(state=RequestState.OPEN)
        return (ended.visible_to(user) if user else ended).in_bulk(ids)

    def may_answer(event: Event, ids: Sequence[int]) -> Iterable[int]:
        one: Any = asked.open().filter(pk=event.thing).first()
        return set(side(one, one.turn)) & set(ids) if one else []

    find_open, show_open = looked_up(open_ones, found)
    find_ended, show_ended = looked_up(ended_ones, found)
    return (
        NotificationType(
            **question,
            icon="calendar-clock",
            find=find_open,
            show=show_open,
            readers=may_answer,
            urgent=True,
            roles=PEOPLE,
        ),
        NotificationType(**answer, icon="calendar", find=find_ended, show=show_ended, roles=PEOPLE),
    )
