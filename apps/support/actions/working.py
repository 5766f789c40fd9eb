"""What the inbox does besides: handing a ticket over as one sees it, and ending a snooze."""

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations.actions import assign
from apps.support.actions.standing import undoable
from apps.support.actions.states import locked, move
from apps.support.models import Ticket
from apps.support.states import Event


def hand_over(actor: User, ticket: Ticket, to: User | None, seen: int | None) -> Ticket:
    """Give a ticket to somebody, or to nobody; `seen` is whose it was (by id) as the actor saw it.

    Raises PermissionDenied, ValidationError where it is another's by now, or for somebody who answers no tickets.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket)
        owner = ticket.conversation.assignee
        if ticket.conversation.assignee_id != seen and owner != to:
            who = f"{owner.full_name} has taken it" if owner else "It went back to the queue"
            raise ValidationError(f"{who} meanwhile.", code="taken")
        with undoable(ticket):
            ticket.conversation = assign(actor, ticket.conversation, to)
    return ticket


def end_snooze(actor: User, ticket: Ticket) -> Ticket:
    """Bring back a ticket that was put aside. Raises PermissionDenied, ValidationError where it isn't."""
    with transaction.atomic():
        ticket = locked(actor, ticket)
        with undoable(ticket):
            if not move(ticket, Event.WOKEN, actor):
                raise ValidationError("It isn't snoozed any more.", code="awake")
        audit.record(actor, "ticket.woken", ticket)
    return ticket
