"""The one Markdown of the whole product: lessons, questions, topics, help.

GitHub's Markdown (tables, ~~struck~~, tasks, footnotes) with formulas, coloured code and boxes. It is input: made once
when it is saved, in linear time, and cleaned last. Callers store the HTML, and show it in an element of class `prose`
on a page that loads the sheet of that name.
"""

from typing import NamedTuple

from cmarkgfm import cmark
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.core.markdown.cleaning import clean, text_of
from apps.core.markdown.front_matter import front_matter
from apps.core.markdown.marks import take_out
from apps.core.markdown.places import Resolve
from apps.core.markdown.writer import Writer

__all__ = ["LIMIT", "Rendered", "Resolve", "front_matter", "problems", "read", "render", "text_of"]

# Characters: a long lesson has 30,000. Forms say their own, smaller limits.
LIMIT = 200_000
# How many characters of HTML the parser may make of one: a wide table with rows of one cell grows with their product.
GROWTH = 12

OPTIONS = cmark.Options.CMARK_OPT_FOOTNOTES | cmark.Options.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
EXTENSIONS = ["table", "strikethrough", "tasklist"]


class Rendered(NamedTuple):
    """A text as HTML, and what its author should know about it, in sentences."""

    html: SafeString
    problems: list[str]


def render(
    source: str, resolve: Resolve | None = None, *, namespace: str = "", top: int = 2, teachers: bool = False
) -> SafeString:
    """The source as HTML that can be stored and shown.

    `resolve` gives our own address for a relative name in a link or a picture, or None for a name that isn't known.
    `namespace` keeps the ids of several texts on one page apart, `top` is the level of the highest heading, and boxes
    for teachers are left out unless `teachers`. Never raises for what somebody typed.
    """
    return read(source, resolve, namespace=namespace, top=top, teachers=teachers).html


def problems(source: str, resolve: Resolve | None = None) -> list[str]:
    """What the author should know: formulas that are broken, pictures without words, links that lead nowhere."""
    return read(source, resolve, teachers=True).problems


def read(
    source: str, resolve: Resolve | None = None, *, namespace: str = "", top: int = 2, teachers: bool = False
) -> Rendered:
    """Both at once."""
    if len(source) > LIMIT:
        return _as_typed(source, f"This text is longer than {LIMIT} characters, and is shown as it was typed.")
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    values, body = front_matter(text)
    marked, marks = take_out(body if "title" in values else text)
    html = cmark.markdown_to_html_with_extensions(marked, options=OPTIONS, extensions=EXTENSIONS)
    if len(html) > GROWTH * len(text) + 10_000:
        return _as_typed(source, "A table or a footnote makes this text far too large: it is shown as it was typed.")
    prefix = f"c-{namespace}-" if namespace else "c-"
    writer = Writer(html, marks, resolve, prefix=prefix, top=top, teachers=teachers)
    return Rendered(clean(writer.write()), writer.problems)


def _as_typed(source: str, why: str) -> Rendered:
    return Rendered(clean(f'<pre class="as-typed">{escape(source)}</pre>'), [why])
