"""What a text refers to in itself: its headings and its footnotes, by ids that nothing else on a page has."""

import re
from html import unescape

from django.utils.html import escape

from apps.core.markdown.places import slug


class Outline:
    """The headings of one text: their ids, and their levels under the page's own heading."""

    def __init__(self, prefix: str, top: int, html: str) -> None:
        self.ids: dict[str, int] = {}
        self.level = top - 1
        self._prefix, self._top = prefix, top
        self._shift = top - min(map(int, re.findall(r"<h([1-6])>", html)), default=1)

    def anchor(self, inner: str) -> str:
        """An id for a heading with these words."""
        name = slug(unescape(re.sub(r"<[^>]*>", "", inner))) or "section"
        times = self.ids[name] = self.ids.get(name, 0) + 1
        return self._prefix + (name if times == 1 else f"{name}-{times}")

    def place(self, level: int) -> int:
        """The level to write. None is left out, whatever the source does: readers of screens move along them."""
        self.level = max(self._top, min(6, level + self._shift, self.level + 1))
        return self.level


class Footnotes:
    """The footnotes that what is shown refers to, in the order in which it does."""

    def __init__(self, prefix: str, top: int) -> None:
        self._prefix, self._top = prefix, top
        self._numbers: dict[str, int] = {}
        self._times: dict[str, int] = {}

    def refer(self, name: str) -> str:
        """The number in the text."""
        number = self._numbers.setdefault(name, len(self._numbers) + 1)
        times = self._times[name] = self._times.get(name, 0) + 1
        own = f"{self._prefix}fnref-{number}" + (f"-{times}" if times > 1 else "")
        return f'<sup class="footnote-ref"><a href="#{self._prefix}fn-{number}" id="{own}">{number}</a></sup>'

    def item(self, name: str) -> str:
        """The beginning of the note itself; empty if only what isn't shown refers to it."""
        number = self._numbers.get(name)
        return f'<li id="{self._prefix}fn-{number}" value="{number}">' if number else ""

    def back(self, name: str) -> str:
        """The way back from it."""
        href = f"#{self._prefix}fnref-{self._numbers.get(name, 0)}"
        # U+FE0E: as a sign of the text, not as a picture.
        return f'<a class="footnote-back" href="{escape(href)}" aria-label="Back to the text">↩\ufe0e</a>'

    def section(self, items: str) -> str:
        """All of them, under a heading for those who can't see the line above."""
        title = f'<h{self._top} class="visually-hidden">Footnotes</h{self._top}>'
        return f'<section class="footnotes">{title}{items}</section>' if "<li" in items else ""
