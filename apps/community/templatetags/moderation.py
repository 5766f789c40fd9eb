"""What pages say of moderation: {% load moderation %}{% own_held conversation %}."""

from typing import Any

from django import template
from django.template.context import Context

from apps.community.held_posts import OwnHeld
from apps.community.models import Community
from apps.community.moderation_queue import waiting_count
from apps.conversations.models import Conversation

register = template.Library()


@register.inclusion_tag("community/_held_list.html", takes_context=True)
def own_held(context: Context, place: Conversation | Community) -> dict[str, Any]:
    """What the reader wrote there and others don't see yet: in a conversation, or as topics of a community."""
    request = context["request"]
    if isinstance(place, Community):
        return {"own": OwnHeld.of_topics(request.user, place), "request": request}
    return {"own": OwnHeld.of_conversation(request.user, place), "request": request}


@register.simple_tag(takes_context=True)
def to_moderate(context: dict[str, Any]) -> int:
    """How much waits for this reader; asked for once a page."""
    request = context["request"]
    if not hasattr(request, "to_moderate"):
        request.to_moderate = waiting_count(request.user)
    return int(request.to_moderate)


@register.simple_tag(takes_context=True)
def to_moderate_in(context: dict[str, Any], community: Community) -> int:
    """How much waits for this reader in one community."""
    return waiting_count(context["request"].user, community)
