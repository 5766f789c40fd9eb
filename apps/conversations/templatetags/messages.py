"""The text of a message as HTML."""

import re

from django import template
from django.utils.html import conditional_escape, urlize
from django.utils.safestring import SafeString, mark_safe

from apps.conversations.models import Message

register = template.Library()


TAG = re.compile(r"(<[^>]*>)")


@register.filter
def message_text(message: Message) -> SafeString:
    """The body, escaped, with links that can be followed and names that stand out (`mark[data-user]`)."""
    html = mark_safe(urlize(message.body, nofollow=True, autoescape=True))  # noqa: S308 - escaped there
    if "@" not in message.body:
        return html
    # The longest name first: of "Ada" and "Ada Lovelace" it is the one that was meant.
    mentions = sorted(message.mentions.all(), key=lambda mention: -len(mention.text))
    if not mentions:
        return html
    names = "|".join(re.escape(str(conditional_escape(mention.text))) for mention in mentions)
    by_name = {str(conditional_escape(mention.text)).casefold(): mention.user_id for mention in mentions}
    called = re.compile(rf"(?<![\w.@/])@({names})(?!\w)", re.IGNORECASE)

    def mark(match: re.Match[str]) -> str:
        return f'<mark class="mention" data-user="{by_name[match[1].casefold()]}">{match[0]}</mark>'

    # Tags are left alone: an address in a link may look like a name.
    parts = TAG.split(html)
    parts[::2] = [called.sub(mark, text) for text in parts[::2]]
    return mark_safe("".join(parts))  # noqa: S308 - the text was escaped by urlize, the ids are numbers
