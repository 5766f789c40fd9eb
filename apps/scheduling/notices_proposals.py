"""What people are told of proposals to move a lesson: that one waits for their answer, and what became of one."""

from apps.accounts.models import User
from apps.notifications.events import about, notify, withdraw
from apps.notifications.notification_types import Found
from apps.scheduling.models import Proposal, Side
from apps.scheduling.notices_asked import question_and_answer


def waits(proposal: Proposal, actor: User) -> None:
    """Tell the side whose answer it waits for."""
    booking = proposal.booking
    key, title = f"lesson-proposal-{proposal.pk}", f"Move proposed: {booking.subject}"
    to = _side(proposal, proposal.turn)
    notify("lesson_proposal", key, title, actor=actor, thing=proposal, about=about(booking), to=to)


def answered(proposal: Proposal, actor: User | None) -> None:
    """Tell both sides but the actor what became of it. That a lesson has moved is told as such."""
    booking = proposal.booking
    key = f"proposal-answer-{proposal.pk}"
    title = f"{proposal.get_state_display()}: move of {booking.subject}"
    to = _side(proposal, Side.STUDENT) + _side(proposal, Side.TEACHER)
    notify("proposal_answer", key, title, actor=actor, thing=proposal, about=about(booking), to=to)


def ended(proposal: Proposal) -> None:
    """It waits for nobody any more."""
    withdraw(f"lesson-proposal-{proposal.pk}")


def _side(proposal: Proposal, side: str) -> list[int]:
    booking = proposal.booking
    if side == Side.TEACHER:
        return [booking.teacher_id] if booking.teacher_id else []
    return list(booking.attendees().exclude(user=None).values_list("user", flat=True)[:2])


def _found(proposal: Proposal, user: User | None) -> Found:
    booking = proposal.booking
    return Found(booking.get_absolute_url(), proposal.why, booking.subject, more={"proposal": proposal})


TYPES = question_and_answer(
    Proposal.objects.select_related("booking", "by").prefetch_related("times"),
    _side,
    _found,
    {
        "name": "lesson_proposal",
        "order": 35,
        "label": "Proposals to move a lesson",
        "about": "Somebody proposes other times for one of your lessons.",
        "why": "The proposal waits for your answer.",
        "template": "scheduling/notices/lesson_proposal.html",
    },
    {
        "name": "proposal_answer",
        "order": 35,
        "label": "Answers to proposals",
        "about": "A proposal to move a lesson was declined, withdrawn, or ended without an answer.",
        "why": "You are one of the two sides of this proposal.",
        "template": "scheduling/notices/proposal_answer.html",
    },
)
