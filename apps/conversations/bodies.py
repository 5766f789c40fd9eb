"""What is stored of a text: plain, or the HTML that Markdown makes of it, with the people whom it names marked."""

import re
import uuid
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.conversations.models import Mention, Message
from apps.core import markdown

TAG = re.compile(r"""<(/?)([a-zA-Z0-9]+)(?:"[^"]*"|[^">])*>""")
# Names in these stay as they are: they are part of an address, or of an example.
UNMARKED = {"a", "code", "pre", "math"}


def as_html(body: str, client_key: uuid.UUID) -> SafeString:
    """A text in Markdown as HTML; headings and footnotes are unlike those of all other messages on a page."""
    return markdown.render(body, namespace=client_key.hex[:12], top=3)


def with_names(message: Message) -> SafeString:
    """The HTML of a message in Markdown anew, with the people whom it names (its mentions) marked."""
    html = as_html(message.body, message.client_key)
    named = list(message.mentions.all())
    return _marked(html, named) if named else html


def mark(escaped: str, ids: Iterable[int]) -> str:
    """A name in a text, already escaped; the script of a page makes its reader's own stand out."""
    return f'<mark class="mention" data-user="{" ".join(map(str, ids))}">{escaped}</mark>'


def _marked(html: str, named: list[Mention]) -> SafeString:
    """The names marked in the text between the tags. What nh3 wrote has no ">" in a tag but in quotes."""
    ids: dict[str, list[int]] = {}
    for mention in named:
        ids.setdefault(mention.text, []).append(mention.user_id)
    longest_first = sorted(ids, key=len, reverse=True)
    name = re.compile("|".join(rf"(?<!\w)@{re.escape(escape(text))}(?!\w)" for text in longest_first))
    out, reached, inside = [], 0, 0

    def text(piece: str) -> str:
        if inside or "@" not in piece:
            return piece
        by_text = {str(escape(each)): each for each in ids}
        return name.sub(lambda found: mark(found[0], sorted(ids[by_text[found[0][1:]]])), piece)

    for tag in TAG.finditer(html):
        out += [text(html[reached : tag.start()]), tag[0]]
        reached = tag.end()
        if tag[2].lower() in UNMARKED:
            inside += -1 if tag[1] else 1
    out.append(text(html[reached:]))
    return mark_safe("".join(out))  # noqa: S308 - what was clean, and marks
