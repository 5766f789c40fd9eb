"""Pinning: what stands above a conversation until somebody takes it down."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.actions.clock import lock_message, save_change
from apps.conversations.models import Message

MAX_PINS = 20


def pin_message(actor: User, message: Message) -> Message:
    """Show a message that `actor` may read above its conversation; one that is there already stays where it is.

    Raises PermissionDenied (see policies.can_pin) and for a deleted message, ValidationError for one too many.
    """
    with transaction.atomic():
        message = _open(actor, message)
        if message.deleted:
            raise PermissionDenied("This message was deleted meanwhile.")
        if message.pinned:
            return message
        if message.conversation.messages.filter(pinned__isnull=False).count() >= MAX_PINS:
            raise ValidationError(f"There is room for {MAX_PINS} pinned messages: unpin one first.", code="too_many")
        message.pinned = timezone.now()
        save_change(message, "pinned")
    return message


def unpin_message(actor: User, message: Message) -> Message:
    """Take a message down; one that isn't there (any more) is no error. Raises PermissionDenied as pinning does."""
    with transaction.atomic():
        message = _open(actor, message)
        if message.pinned:
            message.pinned = None
            save_change(message, "pinned")
    return message


def _open(actor: User, message: Message) -> Message:
    message = lock_message(actor, message)
    if not policies.can_pin(actor, message.conversation):
        raise PermissionDenied("You can't pin or unpin messages here.")
    return message
