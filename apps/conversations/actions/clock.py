"""The clock of a conversation: each change takes its next number, under the row's lock."""

from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.conversations import live
from apps.conversations.models import Audience, Conversation, Message

# Whoever calls an action with what they may not see, or may not see any more.
NOT_YOURS = "This isn't here, or isn't yours to see."


def lock(actor: User, conversation: Conversation) -> Conversation:
    """The conversation as it is now; nobody else changes anything in it until the transaction ends.

    The actor reads it at this moment: raises PermissionDenied where they don't.
    """
    fresh = (
        Conversation.objects.visible_to(actor, conversation.kind).select_for_update().filter(pk=conversation.pk).first()
    )
    if fresh is None:
        raise PermissionDenied(NOT_YOURS)
    # What it is about was found with it and stays the same.
    fresh._state.fields_cache.update(conversation._state.fields_cache)
    return fresh


def lock_message(actor: User, message: Message) -> Message:
    """The message as it is now, with its conversation's row locked; raises PermissionDenied as lock does."""
    conversation = lock(actor, message.conversation)
    fresh = Message.objects.get(pk=message.pk)
    if fresh.audience not in conversation.type.audiences(actor):
        raise PermissionDenied(NOT_YOURS)
    fresh.conversation = conversation
    return fresh


def tick(conversation: Conversation, audience: str) -> int:
    """The next number of an audience's clock; the caller holds the row's lock."""
    clock = "staff_clock" if audience == Audience.STAFF else "clock"
    number: int = getattr(conversation, clock) + 1
    setattr(conversation, clock, number)
    conversation.save(update_fields=[clock])
    return number


def save_change(message: Message, *fields: str) -> None:
    """Store a change of a message that is locked, give it its number, and publish it."""
    message.version = tick(message.conversation, message.audience)
    message.save(update_fields=[*fields, "version"])
    live.message_changed(message)


def touch_replies(message: Message) -> None:
    """What quotes a message that is locked shows it as it is now."""
    for reply in message.replies.filter(deleted=None):
        reply.conversation = message.conversation
        save_change(reply)
