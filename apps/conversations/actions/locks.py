"""Closing a conversation for writing, and opening it again."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import live, policies
from apps.conversations.actions.clock import lock
from apps.conversations.models import Conversation


class ReasonMissing(ValidationError):  # noqa: N818 - asks for more, not a failure
    """Closing needs a reason first; `url` is the page that asks for it."""

    def __init__(self, url: str) -> None:
        super().__init__("Say why: its author reads it.", code="blank")
        self.url = url


def set_locked(actor: User, conversation: Conversation, locked: bool, reason: str = "") -> Conversation:
    """Close a conversation to everyone but its moderators, or reopen it; open pages update.

    Raises PermissionDenied (see policies.can_lock), ReasonMissing if its type needs a reason.
    """
    if not policies.can_lock(actor, conversation):
        raise PermissionDenied("You can't close this conversation.")
    with transaction.atomic():
        conversation = lock(actor, conversation)
        if conversation.locked != locked:
            conversation.locked = locked
            conversation.save(update_fields=["locked"])
            audit.record(actor, "conversation.locked" if locked else "conversation.unlocked", conversation)
            live.lock_changed(conversation)
            conversation.type.lock_changed(actor, conversation, reason)
    return conversation
