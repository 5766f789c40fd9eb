"""Whose a ticket is: taking it, giving it, and what becomes of it when its owner goes."""

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import live as conversations_live
from apps.conversations.actions import assign
from apps.conversations.models import Conversation
from apps.support import live
from apps.support.actions.states import fresh, locked, move, write
from apps.support.models import Ticket
from apps.support.states import Event


def take(actor: User, ticket: Ticket) -> Ticket:
    """Take a ticket that is nobody's.

    Raises PermissionDenied, ValidationError where somebody else was first, with their name.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket)
        owner = ticket.conversation.assignee
        if owner and owner != actor and owner.is_active and owner.sees_all:
            raise ValidationError(f"{owner.full_name} has taken it already.", code="taken")
        conversation = assign(actor, ticket.conversation, actor)
    ticket.conversation = conversation
    return ticket


def handed_over(conversation: Conversation, actor: User | None) -> None:
    """Log who was given a ticket; its conversation's row is locked, and tells whom."""
    ticket = fresh(conversation)
    if conversation.assignee_id:
        move(ticket, Event.TAKEN, actor, to=conversation.assignee_id)
    else:
        returned(ticket, actor)


def give(ticket: Ticket, person: User, actor: User) -> None:
    """Make a ticket somebody's who answered it; its row is locked, and nobody need be told."""
    conversation = ticket.conversation
    conversation.assignee = person
    conversation.save(update_fields=["assignee"])
    audit.record(actor, "conversation.assigned", conversation, to=person.pk)
    conversations_live.assignment_changed(conversation)
    move(ticket, Event.TAKEN, actor, to=person.pk)


def return_all(person: User) -> int:
    """Put the active tickets of somebody who no longer answers back into the queue; returns how many.

    In the transaction that takes their access away.
    """
    rows = Conversation.objects.filter(assignee=person, ticket__isnull=False).order_by("pk")
    count = 0
    with transaction.atomic():
        for conversation in rows.select_for_update(of=("self",)):
            conversation.assignee = None
            conversation.save(update_fields=["assignee"])
            ticket = fresh(conversation)
            conversations_live.assignment_changed(conversation)
            if ticket.is_active:
                count += 1
                returned(ticket, None)
    return count


def returned(ticket: Ticket, actor: User | None) -> None:
    """Log that a ticket is back in the queue."""
    write(ticket, "returned", actor)
    live.ticket_changed(ticket)
