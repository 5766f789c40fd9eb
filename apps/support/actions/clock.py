"""What happens to tickets by the clock alone: each thing once, however many workers come by."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.conversations.models import Conversation
from apps.support import notices
from apps.support.actions.handing import unassign
from apps.support.actions.states import fresh, wake
from apps.support.hours import OpeningHours, opening_hours
from apps.support.models import Ticket, answerers
from apps.support.states import Status

# How long, in open time, a question may be nobody's before those on duty hear of it wherever they are.
CALL_AFTER = timedelta(minutes=15)


def run_clock() -> None:
    """All of it, once a minute."""
    wake_due()
    return_orphans()
    call_for_help()


def wake_due() -> int:
    """Bring back the tickets whose snooze is over; how many."""
    due = Ticket.objects.filter(status=Status.SNOOZED, snoozed_until__lte=timezone.now()).order_by("snoozed_until")
    return sum(wake(ticket) for ticket in due)


def return_orphans() -> int:
    """Put active tickets whose owner may no longer answer back into the queue; how many.

    Whoever loses access by an action has returned theirs by then. This is for what came about beside it: rows changed
    in the database, and a ticket that was given to somebody at the moment when their access ended.
    """
    rows = Ticket.objects.unassigned().filter(conversation__assignee__isnull=False).order_by("pk")
    return sum(_return(pk) for pk in list(rows.values_list("conversation_id", flat=True)))


def _return(conversation_id: int) -> bool:
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
        owner = conversation.assignee_id
        if owner is None or answerers().filter(pk=owner).exists():
            return False
        unassign(fresh(conversation), None)
    return True


def call_for_help() -> int:
    """Tell those on duty of each question that nobody has taken for too long: once for a ticket; how many.

    Only the time counts in which support is open: nobody is called at night for what was asked in the evening.
    """
    now = timezone.now()
    rows = Ticket.objects.unassigned().exclude(status=Status.SNOOZED)
    rows = rows.filter(unanswered_since__lte=now - CALL_AFTER, called_at=None).select_related("person").order_by("pk")
    waiting = list(rows)
    hours = opening_hours() if waiting else None
    return sum(_call(ticket) for ticket in waiting if hours and _is_due(ticket, hours, now))


def _is_due(ticket: Ticket, hours: OpeningHours, now: datetime) -> bool:
    due = hours.after_open(ticket.unanswered_since or now, CALL_AFTER)
    return due is not None and due <= now


def _call(ticket: Ticket) -> bool:
    with transaction.atomic():
        # Of two workers the second changes no row.
        if not Ticket.objects.filter(pk=ticket.pk, called_at=None).update(called_at=timezone.now()):
            return False
        notices.nobody_took(ticket)
    return True
