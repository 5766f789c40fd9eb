"""The number beside Inbox: {% load support %}{% inbox_unread as unread %}."""

from typing import Any

from django import template

from apps.support.inbox import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def inbox_unread(context: dict[str, Any]) -> str:
    """In how many tickets something waits for this reader; empty for none. Asked for once a page."""
    request = context["request"]
    if not hasattr(request, "inbox_unread"):
        request.inbox_unread = str(unread_count(request.user) or "")
    return str(request.inbox_unread)
