"""The verbs of a conversation. Each change takes the next number of its clock under the conversation's row lock."""

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Role, User
from apps.conversations import live, policies
from apps.conversations.models import MAX_BODY, Audience, Conversation, Message, Participant


def clean_body(text: str) -> str:
    """What is stored of what was typed: plain text with plain line breaks.

    A NUL, which PostgreSQL can't hold, becomes U+FFFD as in HTML. Raises ValidationError if nothing is left or if it is
    longer than MAX_BODY characters.
    """
    body = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    if not body:
        raise ValidationError("Write something first.", code="blank")
    if len(body) > MAX_BODY:
        raise ValidationError(
            f"This is {len(body):,} characters long; a message has room for {MAX_BODY:,}.", code="too_long"
        )
    return body


def send_message(
    actor: User,
    conversation: Conversation,
    body: str,
    audience: str | None = None,
    client_key: uuid.UUID | None = None,
) -> Message:
    """Write a message in a conversation that `actor` may read, and publish it.

    Sending again with the same `client_key` returns the first one's row. Raises PermissionDenied where the actor may
    not write (for this audience), ValidationError for a body that can't be stored or a key that was used elsewhere.
    """
    body = clean_body(body)
    audience = audience or conversation.owner.audiences(actor)[0]
    client_key = client_key or uuid.uuid4()
    try:
        with transaction.atomic():
            locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
            if sent := Message.objects.filter(author=actor, client_key=client_key).first():
                return _same_place(sent, conversation)
            if not (policies.can_post(actor, locked) and policies.can_write_for(actor, locked, audience)):
                raise PermissionDenied("You can't write here.")
            message = _insert(locked, actor, body, audience, client_key)
            live.message_changed(message)
            live.message_arrived(message)
    except IntegrityError:
        # The same key at the same moment in another conversation, which has a lock of its own.
        return _same_place(Message.objects.get(author=actor, client_key=client_key), conversation)
    return message


def _same_place(message: Message, conversation: Conversation) -> Message:
    if message.conversation_id != conversation.pk:
        raise ValidationError("This was already sent in another conversation.", code="sent_elsewhere")
    return message


def _insert(conversation: Conversation, actor: User, body: str, audience: str, client_key: uuid.UUID) -> Message:
    now = timezone.now()
    newest = conversation.messages.aggregate(newest=Max("key"))["newest"] or 0
    message = Message.objects.create(
        conversation=conversation,
        # The clock of the machine may stand still or go back; the order of a conversation doesn't.
        key=max(int(now.timestamp() * 1_000_000), newest + 1),
        version=tick(conversation, audience),
        client_key=client_key,
        author=actor,
        author_name=actor.full_name,
        author_role=actor.role,
        audience=audience,
        body=body,
        created=now,
    )
    taking_part = {"conversation": conversation, "user": actor}
    if not Participant.objects.filter(**taking_part).update(last_read=message.key):
        Participant.objects.get_or_create(**taking_part, defaults={"last_read": message.key})
    return message


def tick(conversation: Conversation, audience: str) -> int:
    """The next number of an audience's clock; the caller holds the row's lock."""
    clock = "staff_clock" if audience == Audience.STAFF else "clock"
    number: int = getattr(conversation, clock) + 1
    setattr(conversation, clock, number)
    conversation.save(update_fields=[clock])
    return number


def edit_message(actor: User, message: Message, body: str) -> Message:
    """Change the text of a message, as its author or an admin; raises PermissionDenied, ValidationError."""
    body = clean_body(body)
    with transaction.atomic():
        message = _lock(message)
        if message.deleted or (message.author_id != actor.pk and actor.role != Role.ADMIN):
            raise PermissionDenied("You can't edit this message.")
        if message.body != body:
            audit.record(actor, "message.edited", message)
            message.body, message.edited = body, timezone.now()
            _save_change(message, "body", "edited")
    return message


def delete_message(actor: User, message: Message) -> Message:
    """Leave a tombstone in a message's place, as its author, an admin or staff; raises PermissionDenied."""
    with transaction.atomic():
        message = _lock(message)
        if message.author_id != actor.pk and not actor.sees_all:
            raise PermissionDenied("You can't delete this message.")
        if not message.deleted:
            audit.record(actor, "message.deleted", message)
            message.deleted = timezone.now()
            _save_change(message, "deleted")
    return message


def _lock(message: Message) -> Message:
    """The message as it is now, with its conversation's row locked."""
    conversation = Conversation.objects.select_for_update().get(pk=message.conversation_id)
    fresh = Message.objects.get(pk=message.pk)
    fresh.conversation = conversation
    return fresh


def _save_change(message: Message, *fields: str) -> None:
    message.version = tick(message.conversation, message.audience)
    message.save(update_fields=[*fields, "version"])
    live.message_changed(message)
