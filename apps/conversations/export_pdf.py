"""A conversation as a PDF: a transcript to be printed, filed, or handed to a parent.

What no font has is a box.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from fpdf.enums import XPos, YPos

from apps.conversations.export import Export
from apps.conversations.models import Audience, Message
from apps.core.formats import DEFAULT, file_size, long_day
from apps.core.pdf import GREEN, INK, LINE, MUTED, Color, Document, reads_from_the_right

STAFF_PAPER, STAFF_INK = (253, 246, 224), (122, 74, 16)
MARGIN, FOOT = 20.0, 18.0  # mm


class Transcript(Document):
    """The pages: what stands at the head of the first and at the foot of each."""

    def __init__(self, export: Export) -> None:
        super().__init__(format="A4")
        self.export = export
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=FOOT + 4)
        # A date in a script that no font has would be boxes.
        if not self.can_show(f"{export.written(long_day, export.at)}{export.made}"):
            self.export = replace(export, locale=DEFAULT)
        self.set_title(export.title)
        self.set_creation_date(export.local(export.at))

    def footer(self) -> None:
        """Whose it is, which messages are in it, and the page's number."""
        self.set_y(-FOOT)
        text = self.prepare(f"{settings.ACADEMY_NAME}  ·  {self.export.title}", 7.5, MUTED)
        self.cell(self.epw - 90, 4, text if len(text) < 70 else f"{text[:68]}…")
        self.cell(90, 4, f"{self.export.extent}  ·  {self.page_no()} / {{nb}}", align="R")

    def write_line(self, text: str, size: float, color: Color = INK, style: str = "", *, fill: bool = False) -> None:
        """A paragraph across the page."""
        text = self.prepare(text, size, color, style)
        height = size * 0.52
        if not self.is_plain(text):
            align = "R" if reads_from_the_right(text) else "L"
            self.multi_cell(0, height, text, align=align, fill=fill, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        for line in self.wrap(text):
            self.cell(0, height, line, fill=fill, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def wrap(self, text: str) -> Iterator[str]:
        """The lines of a plain text, broken at spaces, or inside a word that is wider than the page.

        fpdf2's own way, which knows every script, takes ten times as long; nearly all of a transcript is plain.
        """
        font, room = self.current_font, (self.epw - 2 * self.c_margin) * 1_000 / self.font_size
        widths: dict[int, float] = font.cw  # type: ignore[union-attr, assignment]
        for paragraph in text.split("\n"):
            line, used = "", 0.0
            for piece in re.findall(r"[^ ]+ *| +", paragraph):
                wide = sum(widths[ord(c)] for c in piece.rstrip(" "))
                if line and used + wide > room:
                    yield line.rstrip(" ")
                    line, used = "", 0.0
                for c in piece:
                    if used + widths[ord(c)] > room and c != " ":
                        yield line
                        line, used = "", 0.0
                    line += c
                    used += widths[ord(c)]
            yield line.rstrip(" ")

    def rule(self) -> None:
        """A thin line across the page."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())

    def write_head(self) -> None:
        """What this is, at the top of the first page."""
        export = self.export
        self.write_line(settings.ACADEMY_NAME, 9, GREEN, "B")
        self.ln(3)
        self.write_line(export.title, 20, INK, "B")
        self.ln(1.5)
        self.write_line(export.extent, 10, STAFF_INK if export.staff else MUTED)
        self.write_line(f"Exported on {export.made} by {export.by}. Times: {export.zone.key}.", 9, MUTED)
        self.ln(4)
        self.rule()

    def write_day(self, moment: datetime) -> None:
        """Where a day begins."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(5)
        self.write_line(self.export.written(long_day, moment), 10.5, INK, "B")
        self.ln(1)

    def write_message(self, message: Message) -> None:
        """One message: who and when, then what it says."""
        if self.will_page_break(14):
            self.add_page()
        staff = message.audience == Audience.STAFF
        created = self.export.local(message.created)
        self.ln(1.5)
        self.set_fill_color(*STAFF_PAPER)
        name = self.prepare(message.author_name, 9, INK, "B")
        width = min(self.get_string_width(name) + 2 * self.c_margin, self.epw * 0.6)
        self.cell(width, 5, name, fill=staff, new_x=XPos.RIGHT, new_y=YPos.TOP)
        rest = [message.get_author_role_display(), self.export.clock(created), *self.export.marks(message)]
        text = self.prepare("  ·  ".join(rest), 8, STAFF_INK if staff else MUTED)
        self.cell(0, 5, text, fill=staff, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        for text, size, color in self._parts(message):
            self.write_line(text, size, color, fill=staff)

    def _parts(self, message: Message) -> Iterator[tuple[str, float, Color]]:
        if message.deleted:
            yield "This message was deleted.", 9, MUTED
            return
        if quoted := self.export.quoted(message):
            yield f"> {quoted}", 8, MUTED
        if message.body:
            yield message.body, 10, INK
        for file in message.files:
            yield f"File: {file.name} ({file_size(file.size)})", 9, GREEN
        if groups := message.reaction_groups:
            yield "   ".join(f"{emoji} {', '.join(map(str, users))}" for emoji, users in groups), 8, MUTED


def as_pdf(export: Export, report: Callable[[int], object] = lambda done: None) -> bytes:
    """The whole file; `report` is told how many messages are done.

    It is made in memory: callers keep to conversations of up to MAX_PDF_MESSAGES.
    """
    pages = Transcript(export)
    pages.add_page()
    pages.write_head()
    day: date | None = None
    for done, message in enumerate(export.messages()):
        report(done)
        created = export.local(message.created)
        if created.date() != day:
            day = created.date()
            pages.write_day(created)
        pages.write_message(message)
    if day is None:
        pages.ln(6)
        pages.write_line("No messages.", 10, MUTED)
    return bytes(pages.output())
