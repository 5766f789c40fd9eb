"""Whose a ticket is: taking it, giving it, and what becomes of it when its owner goes."""

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import live as conversations_live
from apps.conversations.actions import assign
from apps.conversations.models import Conversation
from apps.support import live
from apps.support.actions.standing import RETURNED, undoable
from apps.support.actions.states import fresh, locked, move, write
from apps.support.models import Ticket, answerers
from apps.support.states import Event


def take(actor: User, ticket: Ticket) -> Ticket:
    """Take a ticket that is nobody's.

    Raises PermissionDenied, ValidationError where somebody else was first, with their name.
    """
    with transaction.atomic():
        ticket = locked(actor, ticket)
        if owner := other_owner(ticket, actor):
            raise ValidationError(f"{owner.full_name} has taken it already.", code="taken")
        with undoable(ticket):
            ticket.conversation = assign(actor, ticket.conversation, actor)
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


def other_owner(ticket: Ticket, actor: User) -> User | None:
    """Whose a ticket that is locked is, if not the actor's; nobody's where they may no longer answer."""
    return answerers().filter(pk=ticket.conversation.assignee_id or 0).exclude(pk=actor.pk).first()


def return_all(person: User) -> int:
    """Put the tickets of somebody who no longer answers back into the queue; returns how many are active.

    In the transaction that takes their access away.
    """
    return put_back(person, None)


def put_back(person: User, actor: User | None) -> int:
    """The same, at the wish of an actor with the active ones alone; nobody's else."""
    rows = Conversation.objects.filter(assignee=person, ticket__isnull=False).order_by("pk")
    count = 0
    with transaction.atomic():
        for conversation in list(rows.select_for_update(of=("self",))):
            ticket = fresh(conversation)
            if ticket.is_active or actor is None:
                count += ticket.is_active
                with undoable(ticket):
                    unassign(ticket, actor)
    return count


def unassign(ticket: Ticket, actor: User | None) -> None:
    """Make a ticket that is locked nobody's."""
    conversation = ticket.conversation
    conversation.assignee = None
    conversation.save(update_fields=["assignee"])
    conversations_live.assignment_changed(conversation)
    returned(ticket, actor)


def returned(ticket: Ticket, actor: User | None) -> None:
    """Log that a ticket is back in the queue."""
    write(ticket, RETURNED, actor)
    live.ticket_changed(ticket)
