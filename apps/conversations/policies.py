"""Who may do what in a conversation: the only place that decides. Each kind's owner says who reads (kinds.py)."""

from apps.accounts.models import User
from apps.conversations.models import Conversation


def can_read(user: User, conversation: Conversation) -> bool:
    """May this person see that the conversation exists?"""
    return Conversation.objects.visible_to(user).filter(pk=conversation.pk).exists()


def can_post(user: User, conversation: Conversation) -> bool:
    """May this person, who may read the conversation, write in it? While it is locked, admins and staff alone."""
    return user.sees_all or not conversation.locked


def can_write_for(user: User, conversation: Conversation, audience: str) -> bool:
    """May this person address this audience?"""
    return audience in conversation.owner.audiences(user)


def can_read_channel(user: User, conversation_id: int) -> bool:
    """May this person read `conversation-<id>`, which carries the kinds without channels of their own?"""
    return Conversation.objects.visible_to(user).filter(pk=conversation_id).exclude(kind="student").exists()
