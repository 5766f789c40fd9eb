"""Moving by agreement: one side proposes other times and holds them, the lesson stays, and the other side accepts.

Each change of state is one conditional update, so that of fifty acceptances one moves the lesson.
"""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices_proposals, policies
from apps.scheduling.actions.bookings import check_place, locked, refuse_busy, relocate
from apps.scheduling.actions.claims import Clash, clash_at, hold, lock
from apps.scheduling.actions.wishes import WallTime
from apps.scheduling.models import Booking, Claim, Proposal, ProposedTime, RequestState, Side, expiry
from apps.scheduling.models.requests import MOST_TIMES
from apps.scheduling.words import said
from apps.students.models import Student

ANSWERED = "This proposal has been answered already."


class Terms(NamedTuple):
    """Other times for a lesson, and why. `side` is for staff: on whose behalf they propose."""

    times: Sequence[WallTime]
    why: str = ""
    side: str = Side.TEACHER
    client_key: uuid.UUID | None = None


def propose(actor: User, booking: Booking, terms: Terms, anyway: bool = False) -> Proposal:
    """Propose other times for a lesson: they are held until the other side answers, and the lesson stays.

    Proposing while the other side's proposal waits for one declines it. The same `client_key` twice is one proposal.
    `anyway` is for staff: the student has another lesson then. Raises PermissionDenied, ValidationError, Clash.
    """
    with transaction.atomic():
        lock([booking.teacher_id], [booking.room_id], booking.attendees())
        if terms.client_key:
            made = Proposal.objects.filter(by=actor, client_key=terms.client_key).first()
            if made:
                return made
        booking = locked(booking)
        if not policies.may_propose(actor, booking):
            raise PermissionDenied("You can't propose other times for this lesson.")
        _answer_with_others(actor, booking)
        side = policies.side_in(actor, booking) or Side(terms.side)
        own = {"why": said(terms.why)[:300], "client_key": terms.client_key, "expires": timezone.now()}
        proposal = Proposal.objects.create(booking=booking, by=actor, turn=side.other, **own)
        _hold(proposal, booking, terms.times, anyway and actor.sees_all)
        audit.record(actor, "lesson-move.proposed", booking, proposal=proposal.pk, times=len(terms.times))
        notices_proposals.waits(proposal, actor)
        live.lessons_changed(booking)
    return proposal


def accept(actor: User, proposal: Proposal, time_pk: int, anyway: bool = False) -> Booking:
    """Agree to one of the times: the lesson moves there at once, or nothing changes.

    Raises PermissionDenied, ValidationError (answered already, or the time is gone), Clash.
    """
    booking = proposal.booking
    with transaction.atomic():
        lock([booking.teacher_id], [booking.room_id], booking.attendees())
        proposal = _answerable(actor, proposal)
        chosen = proposal.times.filter(pk=time_pk).first()
        if chosen is None:
            raise ValidationError("This time isn't offered any more.", code="gone")
        _end(actor, proposal, RequestState.APPROVED)
        booking = locked(booking)
        before = (booking.start, booking.minutes, booking.room)
        booking.timed(chosen.day, chosen.at, chosen.zone, booking.minutes)
        relocate(actor, booking, before, proposal.why, anyway and actor.sees_all, proposed_by=proposal.by)
    return booking


def refuse(actor: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Say no: the lesson stays where it is, and the times are free again. Raises PermissionDenied, ValidationError."""
    with transaction.atomic():
        lock([proposal.booking.teacher_id], [proposal.booking.room_id])
        proposal = _answerable(actor, proposal)
        _end(actor, proposal, RequestState.DECLINED, answer=said(reason)[:300])
        notices_proposals.answered(proposal, actor)
    return proposal


def take_back(actor: User, proposal: Proposal) -> Proposal:
    """Withdraw what one's own side proposed. Raises PermissionDenied, ValidationError."""
    with transaction.atomic():
        lock([proposal.booking.teacher_id], [proposal.booking.room_id])
        proposal = _fresh(proposal)
        if not policies.may_take_back(actor, proposal):
            raise PermissionDenied("You can't withdraw this proposal.")
        _end(actor, proposal, RequestState.WITHDRAWN)
        notices_proposals.answered(proposal, actor)
    return proposal


def follow_proposals() -> int:
    """End the proposals that nobody answered in time, and free what they hold; returns how many."""
    now, ended = timezone.now(), 0
    for pk in Proposal.objects.open().filter(expires__lte=now).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            proposal = Proposal.objects.select_for_update(of=("self",)).select_related("booking").get(pk=pk)
            if proposal.is_open:
                _end(None, proposal, RequestState.EXPIRED)
                notices_proposals.answered(proposal, None)
                ended += 1
    return ended


def _answer_with_others(actor: User, booking: Booking) -> None:
    """Other times instead of an answer decline what was proposed; one's own proposal is withdrawn first."""
    standing = Proposal.objects.open().filter(booking=booking).select_related("booking").first()
    if standing is None:
        return
    if not policies.may_answer_proposal(actor, standing):
        raise ValidationError("You have proposed other times already. Withdraw them first.", code="open")
    _end(actor, standing, RequestState.DECLINED)


def _hold(proposal: Proposal, booking: Booking, times: Sequence[WallTime], anyway: bool) -> None:
    """Write the times and hold them; each must be to come, another than now, and free for everyone."""
    if not 1 <= len(times) <= MOST_TIMES:
        raise ValidationError({"day_1": f"Propose one to {MOST_TIMES} times."}, code="number")
    rows: list[ProposedTime] = []
    for number, wall in enumerate(times, 1):
        row = ProposedTime(proposal=proposal).timed(wall.day, wall.at, wall.zone, booking.minutes)
        wanted = Booking(pk=booking.pk, teacher=booking.teacher, room=booking.room, batch=booking.batch)
        wanted.timed(row.day, row.at, row.zone, row.minutes)
        students = list(booking.attendees())
        _at_field(number, wanted, len(students))
        if row.start == booking.start:
            raise ValidationError({f"at_{number}": "The lesson is at this time already."}, code="same")
        if any(row.start == other.start for other in rows):
            raise ValidationError({f"at_{number}": "You propose this time twice."}, code="twice")
        _refuse_taken(number, wanted, students, anyway)
        rows.append(row)
    ProposedTime.objects.bulk_create(rows)
    proposal.expires = min(expiry(min(row.start for row in rows)), booking.start)
    proposal.save(update_fields=["expires", "updated"])
    hold(proposal, booking, [row.span for row in rows])


def _refuse_taken(number: int, wanted: Booking, students: list[Student], anyway: bool) -> None:
    """Raise Clash, which says the number of the time, where somebody is taken then."""
    try:
        if clash := clash_at(wanted, wanted.span, [student.pk for student in students]):
            raise clash
        if not anyway:
            refuse_busy(wanted, students)
    except Clash as error:
        error.number = number
        raise


def _at_field(number: int, wanted: Booking, count: int) -> None:
    """What can't be, said at the field of that time."""
    try:
        check_place(wanted, count)
    except ValidationError as error:
        named = {f"{name}_{number}" if name in ("day", "at") else name: said for name, said in error.error_dict.items()}
        raise ValidationError(named) from None


def _answerable(actor: User, proposal: Proposal) -> Proposal:
    found = _fresh(proposal)
    if not policies.may_answer_proposal(actor, found):
        raise PermissionDenied("This proposal waits for somebody else.")
    return found


def _fresh(proposal: Proposal) -> Proposal:
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("booking__teacher", "by")
    found = rows.get(pk=proposal.pk)
    if not found.is_open or found.expires <= timezone.now():
        raise ValidationError(ANSWERED if not found.is_open else "This proposal has expired.", code="answered")
    return found


VERBS = {
    RequestState.APPROVED: "lesson-move.accepted",
    RequestState.DECLINED: "lesson-move.declined",
    RequestState.WITHDRAWN: "lesson-move.withdrawn",
    RequestState.EXPIRED: "lesson-move.expired",
}


def _end(actor: User | None, proposal: Proposal, state: RequestState, answer: str = "") -> None:
    """Close it, once, and free what it holds."""
    now = timezone.now()
    values = {"state": state, "answered_by": actor, "answered_at": now, "answer": answer, "updated": now}
    if not Proposal.objects.open().filter(pk=proposal.pk).update(**values):
        raise ValidationError(ANSWERED, code="answered")
    proposal.refresh_from_db(fields=[*values])
    Claim.objects.filter(proposal=proposal).delete()
    audit.record(actor, VERBS[state], proposal.booking, proposal=proposal.pk)
    notices_proposals.ended(proposal)
    live.lessons_changed(proposal.booking)
