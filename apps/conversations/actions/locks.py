"""Closing a conversation for writing, and opening it again."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.conversations import live, policies
from apps.conversations.actions.clock import lock
from apps.conversations.models import Conversation


def set_locked(actor: User, conversation: Conversation, locked: bool) -> Conversation:
    """Close a conversation (admins and staff still write in it) or open it again; open pages follow.

    Raises PermissionDenied (see policies.can_lock).
    """
    if not policies.can_lock(actor, conversation):
        raise PermissionDenied("Only staff can close a conversation.")
    with transaction.atomic():
        conversation = lock(actor, conversation)
        if conversation.locked != locked:
            conversation.locked = locked
            conversation.save(update_fields=["locked"])
            audit.record(actor, "conversation.locked" if locked else "conversation.unlocked", conversation)
            live.lock_changed(conversation)
    return conversation
