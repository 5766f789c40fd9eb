"""How staff sort tickets: priority, topic, labels."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.support import live
from apps.support.actions.states import locked, write
from apps.support.models import Label, Priority, Ticket, Topic


def set_priority(actor: User, ticket: Ticket, priority: int) -> Ticket:
    """Say how urgent a ticket is; raises PermissionDenied, ValidationError for no such priority."""
    if priority not in Priority.values:
        raise ValidationError("Choose one of the priorities.", code="unknown")
    return _change(actor, ticket, "priority", priority)


def set_topic(actor: User, ticket: Ticket, topic: Topic | None) -> Ticket:
    """Say what a ticket is about; raises PermissionDenied."""
    return _change(actor, ticket, "topic", topic)


def set_labels(actor: User, ticket: Ticket, labels: Collection[Label]) -> Ticket:
    """Give a ticket these labels and no others; raises PermissionDenied."""
    with transaction.atomic():
        ticket = locked(actor, ticket)
        before = set(ticket.labels.values_list("pk", flat=True))
        wanted = {label.pk for label in labels}
        if before != wanted:
            ticket.labels.set(labels)
            added, removed = sorted(wanted - before), sorted(before - wanted)
            write(ticket, "labels", actor, added=added, removed=removed)
            audit.record(actor, "ticket.labelled", ticket, added=added, removed=removed)
            live.ticket_changed(ticket)
    return ticket


def _change(actor: User, ticket: Ticket, field: str, value: int | Topic | None) -> Ticket:
    with transaction.atomic():
        ticket = locked(actor, ticket)
        before = getattr(ticket, field)
        if before != value:
            setattr(ticket, field, value)
            ticket.save(update_fields=[field])
            old, new = (getattr(each, "pk", each) for each in (before, value))
            write(ticket, field, actor, old=old, new=new)
            audit.record(actor, "ticket.sorted", ticket, field=field, old=old, new=new)
            live.ticket_changed(ticket)
    return ticket
