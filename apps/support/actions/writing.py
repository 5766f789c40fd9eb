"""What is written moves a ticket; the first message makes one."""

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.conversations.actions import clean_body, send_message
from apps.conversations.models import Audience, Conversation, Message, Participant
from apps.support import live, policies
from apps.support.actions.handing import give
from apps.support.actions.states import fresh, move, write
from apps.support.models import CONVERSATION_KIND, Ticket, Topic
from apps.support.states import Event


def ask(actor: User, body: str, topic: Topic | None = None, client_key: uuid.UUID | None = None) -> Message:
    """Write to support: in the person's current ticket, or in a new one that this message begins.

    The same `client_key` makes one message, whatever happens between. Raises PermissionDenied for staff,
    ValidationError for a text that can't be stored.
    """
    if not policies.can_ask(actor):
        raise PermissionDenied("Staff answer in the inbox.")
    clean_body(body)
    client_key = client_key or uuid.uuid4()
    if sent := Message.objects.filter(author=actor, client_key=client_key).select_related("conversation").first():
        if sent.conversation.kind != CONVERSATION_KIND:
            raise ValidationError("This was already sent in another conversation.", code="sent_elsewhere")
        return sent
    if ticket := current(actor):
        return send_message(actor, ticket.conversation, body, Audience.EVERYONE, client_key)
    try:
        with transaction.atomic():
            return _begin(actor, body, topic, client_key)
    except IntegrityError:
        # Another page of theirs began at the same moment: one ticket of a person is active, and that one was first.
        ticket = Ticket.objects.active().select_related("conversation").get(person=actor)
        return send_message(actor, ticket.conversation, body, Audience.EVERYONE, client_key)


def current(person: User) -> Ticket | None:
    """The ticket in which a person's next message lands; None if it begins a new one."""
    newest = Ticket.objects.filter(person=person).select_related("conversation", "person").order_by("-pk").first()
    return newest if newest and policies.can_write(person, newest) else None


def _begin(actor: User, body: str, topic: Topic | None, client_key: uuid.UUID) -> Message:
    conversation = Conversation.objects.create(kind=CONVERSATION_KIND)
    ticket = Ticket.objects.create(conversation=conversation, person=actor, topic=topic)
    write(ticket, "began", actor, topic=topic.pk if topic else None)
    Participant.objects.create(conversation=conversation, user=actor)
    message = send_message(actor, conversation, body, Audience.EVERYONE, client_key)
    live.ticket_began(ticket)
    return message


def message_written(message: Message) -> None:
    """Move the ticket in which this was just written; its conversation's row is locked."""
    ticket, author = fresh(message.conversation), message.author
    if author is None or message.audience == Audience.STAFF:
        live.ticket_changed(ticket)
    elif author.pk == ticket.person_id:
        move(ticket, Event.ASKED, author, at=message.created)
    else:
        if ticket.conversation.assignee_id is None and ticket.is_active:
            give(ticket, author, author)
        move(ticket, Event.ANSWERED, author, at=message.created)
