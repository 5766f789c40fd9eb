"""Undo: a ticket goes back to exactly where it stood before an act, unless somebody has moved it since."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations.actions import assign
from apps.conversations.models import Audience
from apps.support import live
from apps.support.actions.standing import MOVES, UNDONE, last_move, put
from apps.support.actions.states import another, fresh, locked, write
from apps.support.actions.writing import waiting_since
from apps.support.history import line_of
from apps.support.models import Ticket, TicketLog, answerers
from apps.support.states import Status


def undo(actor: User, ticket: Ticket, line: int) -> Ticket:
    """Put a ticket back to where it stood before this line of its log, which is the actor's.

    Raises PermissionDenied, ValidationError where there is nothing of theirs to undo, or somebody moved the ticket
    since (with who, and what they did): then nothing changes.
    """
    try:
        with transaction.atomic():
            ticket = locked(actor, ticket)
            done = ticket.log.filter(pk=line, actor=actor, event__in=MOVES, detail__has_key="was").first()
            if done is None:
                raise ValidationError("There is nothing of yours to undo here.", code="nothing")
            _check_nothing_since(ticket, done, actor)
            ticket = _put_back(actor, ticket, done)
            audit.record(actor, "ticket.undone", ticket, line=line)
    except IntegrityError as error:
        raise another(ticket) from error
    return ticket


def _check_nothing_since(ticket: Ticket, done: TicketLog, actor: User) -> None:
    last = last_move(ticket)
    if last is not None and last != done:
        who, did = line_of(last)
        raise _too_late("you" if last.actor == actor else who, did)
    # An answer in a closed ticket moves nothing, and is a word that the person has read.
    rows = ticket.conversation.messages.filter(audience=Audience.EVERYONE, deleted=None, created__gt=done.at)
    answer = rows.exclude(author=ticket.person_id).select_related("author").order_by("-key").first()
    if answer is not None:
        raise _too_late("you" if answer.author == actor else answer.author_name or "somebody", "answered")


def _too_late(who: str, did: str) -> ValidationError:
    return ValidationError(f"Nothing was undone: {f'{who} {did}'.strip()} meanwhile.", code="moved")


def _put_back(actor: User, ticket: Ticket, done: TicketLog) -> Ticket:
    was, before = done.detail["was"], Status(ticket.status)
    if ticket.conversation.assignee_id != was["owner"]:
        # Whoever answers no tickets any more is given none: it goes to the queue.
        owner = answerers().filter(pk=was["owner"] or 0).first()
        ticket = fresh(assign(actor, ticket.conversation, owner))
    put(ticket, was)
    done.detail["undone"] = True
    done.save(update_fields=["detail"])
    ticket.unanswered_since = waiting_since(ticket) if ticket.is_active else None
    if ticket.status == Status.WAITING and ticket.unanswered_since:
        ticket.status = Status.OPEN  # The answer was taken back while it was closed.
    ticket.save(update_fields=["status", "snoozed_until", "closed_at", "unanswered_since"])
    write(ticket, UNDONE, actor, before, of=done.event)
    live.ticket_changed(ticket, for_person=(before == Status.CLOSED) != (ticket.status == Status.CLOSED))
    return ticket
