"""What is written moves a ticket; the first message makes one."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Min

from apps.accounts.models import User
from apps.conversations.actions import clean_body, send_message
from apps.conversations.models import Audience, Conversation, Message, Participant
from apps.support import live, policies
from apps.support.actions.handing import give
from apps.support.actions.states import fresh, move, write
from apps.support.models import CONVERSATION_KIND, Ticket, Topic, answerers
from apps.support.states import Event


def ask(
    actor: User,
    body: str,
    topic: Topic | None = None,
    client_key: uuid.UUID | None = None,
    attachments: Collection[int] = (),
) -> Message:
    """Write to support: in the person's current ticket, or in a new one that this message begins.

    The same `client_key` makes one message, whatever happens between. `attachments` are ids of files that the person
    has uploaded for it. Raises PermissionDenied for staff, ValidationError for a text that can't be stored, files that
    can't be sent, or a topic that isn't offered.
    """
    if not policies.can_ask(actor):
        raise PermissionDenied("Staff answer in the inbox.")
    clean_body(body, may_be_empty=bool(attachments))
    if topic and not topic.offered:
        raise ValidationError("Choose one of the topics.", code="unknown")
    client_key = client_key or uuid.uuid4()
    if sent := Message.objects.filter(author=actor, client_key=client_key).select_related("conversation").first():
        if sent.conversation.kind != CONVERSATION_KIND:
            raise ValidationError("This was already sent in another conversation.", code="sent_elsewhere")
        return sent
    for more in (True, True, False):
        try:
            if ticket := current(actor):
                return _send(actor, ticket.conversation, body, client_key, attachments)
            with transaction.atomic():
                return _begin(actor, body, topic, client_key, attachments)
        except (IntegrityError, PermissionDenied):
            # Another page of theirs began one at the same moment, or staff closed or reopened one: looked at again.
            if not more:
                raise
    raise AssertionError("unreachable")


def current(person: User) -> Ticket | None:
    """The ticket in which a person's next message lands; None if it begins a new one."""
    rows = Ticket.objects.filter(person=person).select_related("conversation", "person")
    last = rows.order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    return last if last and policies.can_write(person, last) else None


def _send(
    actor: User, conversation: Conversation, body: str, client_key: uuid.UUID, attachments: Collection[int]
) -> Message:
    return send_message(actor, conversation, body, Audience.EVERYONE, client_key, attachments=attachments)


def _begin(actor: User, body: str, topic: Topic | None, client_key: uuid.UUID, attachments: Collection[int]) -> Message:
    conversation = Conversation.objects.create(kind=CONVERSATION_KIND)
    ticket = Ticket.objects.create(conversation=conversation, person=actor, topic=topic)
    write(ticket, "began", actor, topic=topic.pk if topic else None)
    Participant.objects.create(conversation=conversation, user=actor)
    message = _send(actor, conversation, body, client_key, attachments)
    live.ticket_began(ticket)
    return message


def message_written(message: Message) -> None:
    """Move the ticket in which this was just written; its conversation's row is locked.

    Raises PermissionDenied where its person goes on elsewhere by now.
    """
    ticket, author = fresh(message.conversation), message.author
    if author is None or message.audience == Audience.STAFF:
        live.ticket_changed(ticket)
    elif author.pk == ticket.person_id:
        if not policies.can_write(author, ticket):
            raise PermissionDenied("This question is closed. Ask anew.")
        move(ticket, Event.ASKED, author, at=message.created)
    else:
        if ticket.is_active and not answerers().filter(pk=ticket.conversation.assignee_id or 0).exists():
            give(ticket, author, author)
        move(ticket, Event.ANSWERED, author, at=message.created)


def message_gone(message: Message) -> None:
    """Count again since when the person waits, now that this was deleted; its conversation's row is locked.

    An answer that staff took back was none: the ticket is open again.
    """
    ticket = fresh(message.conversation)
    if message.audience == Audience.STAFF or not ticket.is_active:
        live.ticket_changed(ticket)
        return
    ticket.unanswered_since = waiting_since(ticket)
    ticket.save(update_fields=["unanswered_since"])
    if ticket.unanswered_since is None or not move(ticket, Event.WITHDRAWN, None):
        live.ticket_changed(ticket)


def waiting_since(ticket: Ticket) -> datetime | None:
    """When the person wrote what nobody has answered since, as the messages tell; a closing answers all before it."""
    rows = ticket.conversation.messages.filter(audience=Audience.EVERYONE, deleted=None)
    answered = rows.exclude(author=ticket.person_id).aggregate(last=Max("key"))["last"] or 0
    asked = rows.filter(author=ticket.person_id, key__gt=answered)
    closings = ticket.log.filter(event=Event.CLOSED).exclude(detail__has_key="undone")
    if closed := closings.aggregate(last=Max("at"))["last"]:
        asked = asked.filter(created__gt=closed)
    first: datetime | None = asked.aggregate(first=Min("created"))["first"]
    return first
