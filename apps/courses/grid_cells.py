"""The cells of the grid as HTML: thousands on a page, so that each is a few bytes and none takes a template.

A cell says the day on which a lesson was done, `<td>3 May 2026`, or `<td class=o>Opened 4 May 2026`; it is empty where
the lesson wasn't opened yet. Its end tag may be left out (https://html.spec.whatwg.org/#optional-tags). The style sheet
shows a sign in its place, a screen reader the words with the heads of row and column, a pointer both.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core import formats

EMPTY = "<td>"


class Mark(NamedTuple):
    """What a student did with a lesson: opened, perhaps done."""

    opened: datetime
    seen: datetime
    done: datetime | None


class Cells:
    """The cells of one page of the grid. A day is written once, however many cells name it."""

    def __init__(self) -> None:
        self._zone = timezone.get_current_timezone()
        self._written: dict[tuple[bool, date], str] = {}

    def row(self, lessons: Iterable[int], marks: Mapping[int, Mark]) -> SafeString:
        """The cells of a student for these lessons; the row has to end right behind them."""
        found = map(marks.get, lessons)
        return mark_safe("".join([self._cell(mark) if mark else EMPTY for mark in found]))  # noqa: S308

    def _cell(self, mark: Mark) -> str:
        day = (mark.done or mark.opened).astimezone(self._zone).date()
        key = (mark.done is not None, day)
        if key not in self._written:
            words = escape(formats.day(day))
            self._written[key] = f"<td>{words}" if mark.done else f"<td class=o>Opened {words}"
        return self._written[key]
