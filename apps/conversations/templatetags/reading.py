"""What a person hasn't read, and when somebody was last here."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.timesince import timesince

from apps.conversations.reading import unread_label
from apps.core.formats import recent

register = template.Library()


@register.filter
def ago(moment: datetime) -> str:
    """How long ago, in one unit: 10 minutes ago; a date after a week."""
    passed = timezone.now() - moment
    if passed < timedelta(minutes=1):
        return "a moment ago"
    return f"{timesince(moment, depth=1)} ago" if passed < timedelta(days=7) else f"on {recent(moment)}"


@register.inclusion_tag("conversations/_unread.html", takes_context=True)
def unread_badge(context: Context, conversation_id: int) -> dict[str, Any]:
    """How many messages of a conversation are unread, by the page's `unread` (a dict by conversation).

    Where a fragment comes without these counts, the badge is empty and the page's script asks for it.
    """
    counts: dict[int, int] | None = context.get("unread")
    known = isinstance(counts, dict)
    label = unread_label(counts.get(conversation_id, 0)) if counts and known else ""
    return {"conversation_id": conversation_id, "known": known, "label": label}
