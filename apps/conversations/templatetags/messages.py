"""The text of a message as HTML, and what it can be answered with."""

from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.conversations import mentions
from apps.conversations.bodies import mark
from apps.conversations.emojis import offered
from apps.conversations.models import Conversation, Message
from apps.core import links

register = template.Library()

# From how many characters on a link is shown in part.
LONG = 120


@register.filter
def message_text(message: Message) -> SafeString:
    """The body, escaped, with links that can be followed and names that stand out (`mark[data-user]`).

    All of the body is there, as it was written, and no tag but these two; of Markdown the HTML that was stored.
    """
    if message.html:
        return mark_safe(message.html)  # noqa: S308 - core.markdown made and cleaned it when it was saved
    body = message.body
    marked = [(link.start, link.end, _link(link, body)) for link in links.find(body)]
    if "@" in body and message.pk:
        marked += [(start, end, _mention(body[start:end], ids)) for start, end, ids in _spans(message)]
    html, reached = "", 0
    for start, end, tag in sorted(marked):
        if start >= reached:
            html += escape(body[reached:start]) + tag
            reached = end
    return mark_safe(html + escape(body[reached:]))  # noqa: S308 - escaped piece by piece


def _spans(message: Message) -> list[tuple[int, int, list[int]]]:
    return list(mentions.spans(message.body, message.mentions.all()))


def _link(link: links.Link, body: str) -> str:
    text = body[link.start : link.end]
    more = f' data-host="{escape(link.host)}"' if link.host else ""
    more += " data-long" if len(text) > LONG else ""
    return f'<a href="{escape(link.url)}" target="_blank" rel="{links.REL}"{more}>{escape(text)}</a>'


def _mention(text: str, ids: list[int]) -> str:
    return mark(escape(text), ids)


@register.inclusion_tag("conversations/_reaction_picker.html")
def reaction_picker(conversation: Conversation) -> dict[str, Any]:
    """What can be chosen, for the script that makes the picker of it."""
    quick = conversation.type.quick_reactions
    return {"quick": quick, "catalogue": offered(quick)}
