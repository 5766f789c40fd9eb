"""What templates of the engine's slots ask of communities: {% load community %}."""

from typing import Any, NamedTuple, cast

from django import template

from apps.community.conversation_types import CommunityConversations
from apps.community.models import Community, Level, Topic, TopicSetting
from apps.conversations.models import Conversation
from apps.conversations.reading import unread_label

register = template.Library()
register.filter("up_to_99", unread_label)


@register.simple_tag
def community_of(conversation: Conversation) -> Community:
    """The community that a conversation belongs to."""
    return cast(CommunityConversations, conversation.type).community(conversation)


class Chosen(NamedTuple):
    """What somebody wants to hear of a topic, empty for what they chose for its community, and what there is."""

    level: str
    choices: list[tuple[str, str]]


@register.simple_tag(takes_context=True)
def topic_level(context: dict[str, Any], topic: Topic) -> Chosen:
    """What the reader chose to hear of one topic."""
    own = TopicSetting.objects.filter(topic=topic, user=context["request"].user).values_list("level", flat=True)
    return Chosen(own.first() or "", list(Level.choices))
