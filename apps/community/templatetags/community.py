"""What templates of the engine's slots ask of communities: {% load community %}."""

from typing import cast

from django import template

from apps.community.conversation_types import CommunityConversations
from apps.community.models import Community
from apps.conversations.models import Conversation

register = template.Library()


@register.simple_tag
def community_of(conversation: Conversation) -> Community:
    """The community that a conversation belongs to."""
    return cast(CommunityConversations, conversation.type).community(conversation)
