"""The bell; built in, no {% load %} needed."""

from typing import Any

from django import template

from apps.notifications.listing import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notifications(context: dict[str, Any]) -> int | str:
    """The reader's number of unread notifications, empty for none. Counted once a page."""
    request = context["request"]
    if not hasattr(request, "unread_notifications"):
        request.unread_notifications = unread_count(context["user"]) or ""
    counted: int | str = request.unread_notifications
    return counted
