"""What people are told of proposals to move a lesson: that one waits for their answer, and what became of one."""

from collections.abc import Iterable, Mapping, Sequence

from apps.accounts.models import Role, User
from apps.notifications.events import about, notify, withdraw
from apps.notifications.models import Event
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.scheduling.models import Booking, Proposal, RequestState, Side


def waits(proposal: Proposal, actor: User) -> None:
    """Tell the side whose answer it waits for."""
    booking = proposal.booking
    key, title = f"lesson-proposal-{proposal.pk}", f"Move proposed: {booking.subject}"
    to = _side(booking, proposal.turn)
    notify("lesson_proposal", key, title, actor=actor, thing=proposal, about=about(booking), to=to)


def answered(proposal: Proposal, actor: User | None) -> None:
    """Tell both sides but the actor what became of it. That a lesson has moved is told as such."""
    booking = proposal.booking
    key = f"proposal-answer-{proposal.pk}"
    title = f"{proposal.get_state_display()}: move of {booking.subject}"
    to = _side(booking, Side.STUDENT) + _side(booking, Side.TEACHER)
    notify("proposal_answer", key, title, actor=actor, thing=proposal, about=about(booking), to=to)


def ended(proposal: Proposal) -> None:
    """It waits for nobody any more."""
    withdraw(f"lesson-proposal-{proposal.pk}")


def _side(booking: Booking, side: str) -> list[int]:
    if side == Side.TEACHER:
        return [booking.teacher_id] if booking.teacher_id else []
    return list(booking.attendees().exclude(user=None).values_list("user", flat=True)[:2])


def _open(user: User | None, ids: list[int]) -> Mapping[int, Proposal]:
    rows = Proposal.objects.open().select_related("booking", "by").prefetch_related("times")
    return (rows.waiting_for(user) if user else rows).in_bulk(ids)


def _ended(user: User | None, ids: list[int]) -> Mapping[int, Proposal]:
    rows = Proposal.objects.exclude(state=RequestState.OPEN).select_related("booking", "by")
    return (rows.visible_to(user) if user else rows).in_bulk(ids)


def _found(proposal: Proposal, user: User | None) -> Found:
    booking = proposal.booking
    return Found(booking.get_absolute_url(), proposal.why, booking.subject, more={"proposal": proposal})


def _may_answer(event: Event, ids: Sequence[int]) -> Iterable[int]:
    proposal = Proposal.objects.open().filter(pk=event.thing).select_related("booking").first()
    return set(_side(proposal.booking, proposal.turn)) & set(ids) if proposal else []


_find_open, _show_open = looked_up(_open, _found)
_find_ended, _show_ended = looked_up(_ended, _found)
PEOPLE = frozenset({Role.TEACHER, Role.STUDENT})
TYPES = (
    NotificationType(
        name="lesson_proposal",
        order=35,
        label="Proposals to move a lesson",
        about="Somebody proposes other times for one of your lessons.",
        why="The proposal waits for your answer.",
        icon="calendar-clock",
        template="scheduling/notices/lesson_proposal.html",
        find=_find_open,
        show=_show_open,
        readers=_may_answer,
        urgent=True,
        roles=PEOPLE,
    ),
    NotificationType(
        name="proposal_answer",
        order=35,
        label="Answers to proposals",
        about="A proposal to move a lesson was declined, withdrawn, or ended without an answer.",
        why="You are one of the two sides of this proposal.",
        icon="calendar",
        template="scheduling/notices/proposal_answer.html",
        find=_find_ended,
        show=_show_ended,
        roles=PEOPLE,
    ),
)
