"""Moving a ticket: every change of its state goes through here, under the conversation's row lock."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations.actions.clock import lock
from apps.conversations.models import Conversation
from apps.support import live, policies
from apps.support.actions.standing import undoable
from apps.support.models import CONVERSATION_KIND, Ticket, TicketLog
from apps.support.states import Event, Status, after


def locked(actor: User, ticket: Ticket) -> Ticket:
    """The ticket as it is now; nobody else changes it until the transaction ends.

    Raises PermissionDenied where the actor doesn't answer tickets.
    """
    if not policies.can_answer(actor):
        raise PermissionDenied("Only staff work on tickets.")
    conversation = lock(actor, Conversation(pk=ticket.conversation_id, kind=CONVERSATION_KIND))
    return fresh(conversation)


def fresh(conversation: Conversation) -> Ticket:
    """The ticket of a conversation whose row is locked."""
    ticket = Ticket.objects.select_related("person").get(conversation=conversation)
    ticket.conversation = conversation
    return ticket


def move(
    ticket: Ticket,
    event: Event,
    actor: User | None,
    at: datetime | None = None,
    until: datetime | None = None,
    **detail: Any,
) -> bool:
    """Apply an event to a ticket that is locked, log it, and show it; false where it can't happen in this state.

    `until` is when a snooze ends; no other event has one.
    """
    before, now = Status(ticket.status), at or timezone.now()
    status = after(event, before)
    if status is None:
        return False
    ticket.status = status
    if event == Event.SNOOZED or status != Status.SNOOZED:
        ticket.snoozed_until = until
    ticket.closed_at = (ticket.closed_at or now) if status == Status.CLOSED else None
    if event == Event.ASKED:
        ticket.unanswered_since = ticket.unanswered_since or now
    elif event in {Event.ANSWERED, Event.CLOSED}:
        ticket.unanswered_since = None
    ticket.save(update_fields=["status", "snoozed_until", "closed_at", "unanswered_since"])
    if status != before or event in {Event.TAKEN, Event.SNOOZED}:
        write(ticket, event, actor, before, **detail | ({"until": until.isoformat()} if until else {}))
    live.ticket_changed(ticket, for_person=(before == Status.CLOSED) != (status == Status.CLOSED))
    return True


def write(ticket: Ticket, event: str, actor: User | None, before: str = "", /, **detail: Any) -> None:
    """Add a line to the ticket's log."""
    status = ticket.status
    TicketLog.objects.create(
        ticket=ticket, at=timezone.now(), event=event, actor=actor, before=before or status, after=status, detail=detail
    )


def close(actor: User, ticket: Ticket) -> Ticket:
    """Close a ticket. Raises PermissionDenied, ValidationError where it is closed already (with who did it)."""
    with transaction.atomic():
        ticket = locked(actor, ticket)
        with undoable(ticket):
            if not move(ticket, Event.CLOSED, actor):
                raise ValidationError(f"{_last(ticket, Event.CLOSED)} has closed it already.", code="closed")
        audit.record(actor, "ticket.closed", ticket)
    return ticket


def reopen(actor: User, ticket: Ticket) -> Ticket:
    """Reopen a closed ticket. Raises PermissionDenied, ValidationError where it is open, or its person has another."""
    try:
        with transaction.atomic():
            ticket = locked(actor, ticket)
            with undoable(ticket):
                if not move(ticket, Event.REOPENED, actor):
                    raise ValidationError("It is open already.", code="open")
            audit.record(actor, "ticket.reopened", ticket)
    except IntegrityError as error:
        raise another(ticket) from error
    return ticket


def another(ticket: Ticket) -> ValidationError:
    """Why a closed ticket can't be open again: its person has another one."""
    return ValidationError(f"{ticket.person.given_name} has asked anew since: answer there.", code="another")


def snooze(actor: User, ticket: Ticket, until: datetime) -> Ticket:
    """Put a ticket aside until then, or until its person writes.

    Raises PermissionDenied, ValidationError for a moment that is over or more than a year away, or a closed ticket.
    """
    ahead = (until - timezone.now()).total_seconds()
    if not 0 < ahead <= 366 * 86_400:
        raise ValidationError("Choose a time ahead, within a year.", code="not_ahead")
    with transaction.atomic():
        ticket = locked(actor, ticket)
        with undoable(ticket):
            if not move(ticket, Event.SNOOZED, actor, until=until):
                raise ValidationError("It is closed: reopen it first.", code="closed")
        audit.record(actor, "ticket.snoozed", ticket, until=until.isoformat())
    return ticket


def wake(ticket: Ticket) -> bool:
    """Bring back a ticket whose snooze is over; false if somebody was first. Called by the clock."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=ticket.conversation_id)
        ticket = fresh(conversation)
        if ticket.snoozed_until is None or ticket.snoozed_until > timezone.now():
            return False
        return move(ticket, Event.WOKEN, None)


def _last(ticket: Ticket, event: Event) -> str:
    row = ticket.log.filter(event=event).select_related("actor").last()
    return row.actor.full_name if row and row.actor else "Somebody"
