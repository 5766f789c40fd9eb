"""The button of the chat, on every page of those who ask."""

from typing import Any

from django import template
from django.template.context import Context

from apps.support import chat, policies

register = template.Library()


@register.inclusion_tag("support/chat/_button.html", takes_context=True)
def chat_button(context: Context) -> dict[str, Any]:
    """Nothing for those who answer, and for an admin who looks as somebody."""
    request = context["request"]
    user = request.user
    if not (user.is_authenticated and policies.can_ask(user)):
        return {}
    match = request.resolver_match
    return {"shown": True, "is_here": bool(match) and match.namespace == "support", "unread": chat.unread(user)}
