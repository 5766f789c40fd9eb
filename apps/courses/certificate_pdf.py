"""A certificate as a PDF of one page, made of its own row: the same each time it is asked for.

Nothing that people sent is decoded: logo and signature are kept as pixels (apps.courses.pixels). Its own words are
English; names and titles stand in the script that they are written in.
"""

from datetime import UTC, date

import segno
from babel.dates import format_date
from django.conf import settings
from fpdf.enums import XPos, YPos

from apps.core.pdf import GREEN, INK, LINE, MUTED, Color, Document
from apps.courses import pixels
from apps.courses.models import Certificate

WIDTH, HEIGHT = 297.0, 210.0  # mm: A4, landscape
SIDE = 34.0
# Distance from the edge, and width of the line.
FRAMES = ((9.0, 0.6), (11.2, 0.15))
RED = (160, 40, 40)
# For the name of somebody, or the title of a course, that has letters which no font here has.
NOT_SHOWN = "named at the address below"
MM = 25.4 / 72  # of a point
FOOT = 171.0
QR = 24.0


class Page(Document):
    """The page: centred lines from above, of which each shrinks until it fits, and a foot of three parts."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.certificate = certificate
        self.set_margins(SIDE, 0)
        self.set_auto_page_break(False)
        self.set_title(f"Certificate: {certificate.course_title}")
        self.set_author(certificate.academy)
        self.set_creation_date((certificate.reissued_at or certificate.issued_at).astimezone(UTC))
        self.add_page()

    def draw(self) -> None:
        """All of it, from above."""
        self._frame()
        self._logo()
        row = self.certificate
        self._line(46, "Certificate of completion", 32, GREEN, "display")
        self._line(69, "This certifies that", 11, MUTED)
        self._line(78, row.name, 40, INK, "display", least=20)
        self._rule(101)
        self._line(107, "has completed the course", 11, MUTED)
        self._line(116, row.course_title, 20, INK, style="B", least=13)
        self._date()
        self._signature()
        self._proof()
        if row.is_revoked:
            self._line(136, "Revoked: this certificate is no longer valid", 13, RED, style="B")

    def _frame(self) -> None:
        self.set_draw_color(*GREEN)
        for edge, width in FRAMES:
            self.set_line_width(width)
            self.rect(edge, edge, WIDTH - 2 * edge, HEIGHT - 2 * edge)

    def _logo(self) -> None:
        """The academy's logo, or its name where there is none."""
        letterhead = self.certificate.letterhead
        if letterhead and letterhead.logo:
            self._picture(letterhead.logo, WIDTH / 2, 19, 62, 15)
            self._line(35.5, self.certificate.academy, 9, MUTED)
        else:
            self._line(26, self.certificate.academy, 14, INK, style="B")

    def _picture(self, stored: bytes | memoryview, middle: float, top: float, width: float, height: float) -> None:
        """A picture in a box, standing on the box's floor in the middle of it."""
        image = pixels.picture(stored)
        scale = min(width / image.width, height / image.height)
        wide, high = image.width * scale, image.height * scale
        self.image(image, middle - wide / 2, top + height - high, wide, high)

    def _line(
        self,
        top: float,
        text: str,
        size: float,
        color: Color,
        font: str = "noto",
        style: str = "",
        least: float = 8,
        *,
        middle: float = WIDTH / 2,
        room: float = WIDTH - 2 * SIDE,
    ) -> None:
        """One centred line that shrinks to its room; below `least` points it is broken into two."""
        if not self.can_show(text):
            text, size, color, font, style = NOT_SHOWN, min(size, 16), MUTED, "noto", ""
        prepared = self.prepare(text, size, color, style, font=font)
        wide = self.get_string_width(prepared)
        fits = size if wide <= room else size * room / wide * 0.99
        if fits >= min(least, size):
            self.set_font_size(fits)
            self.set_xy(middle - room / 2, top + (size - fits) * MM * 0.6)
            self.cell(room, fits * MM * 1.35, prepared, align="C")
            return
        self.set_font_size(least * 0.9)
        self.set_xy(middle - room / 2, top - 2)
        self.multi_cell(
            room, least * MM * 1.15, prepared, align="C", max_line_height=9, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _rule(self, top: float) -> None:
        self.set_draw_color(*LINE)
        self.set_line_width(0.25)
        self.line(WIDTH / 2 - 55, top, WIDTH / 2 + 55, top)

    def _date(self) -> None:
        """When it was completed, and when it was issued again."""
        row = self.certificate
        self._foot(SIDE + 27, _written(row.finished_on), "Completed on")
        if row.reissued_on:
            again = f"Issued again on {_written(row.reissued_on)}"
            self._line(FOOT + 13.5, again, 8, MUTED, middle=SIDE + 27, room=62)

    def _signature(self) -> None:
        letterhead = self.certificate.letterhead
        if letterhead is None:
            return
        if letterhead.signature:
            self._picture(letterhead.signature, WIDTH / 2, FOOT - 16, 58, 17)
        if letterhead.signature or letterhead.signed_by:
            self._foot(WIDTH / 2, letterhead.signed_by or self.certificate.academy, letterhead.position, signed=True)

    def _foot(self, middle: float, text: str, label: str, *, signed: bool = False) -> None:
        """Something with a thin line and what it is: a date above its line, a signer below theirs."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.25)
        self.line(middle - 29, FOOT + 2, middle + 29, FOOT + 2)
        self._line(FOOT + 3 if signed else FOOT - 5, text, 11, INK, middle=middle, room=62)
        self._line(FOOT + 8.5 if signed else FOOT + 3.5, label, 8.5, MUTED, middle=middle, room=62)

    def _proof(self) -> None:
        """The code that leads to the public page, its address and the number."""
        row = self.certificate
        url = f"{settings.SITE_URL}{row.get_absolute_url()}"
        left, top = WIDTH - SIDE - 27 - QR / 2, FOOT - 19
        matrix = [bytes(line) for line in segno.make(url, error="m", micro=False).matrix]
        side = QR / len(matrix)
        self.set_fill_color(*INK)
        for y, line in enumerate(matrix):
            for x, length in _runs(line):
                self.rect(left + x * side, top + y * side, length * side, side, style="F")
        middle = WIDTH - SIDE - 27
        self._line(FOOT + 6.5, "Verify this certificate at", 7.5, MUTED, middle=middle, room=72)
        site = settings.SITE_URL.partition("://")[2] or settings.SITE_URL
        self._line(FOOT + 10.5, f"{site}/certificates/", 7.5, INK, middle=middle, room=72, least=5)
        self._line(FOOT + 14.5, row.readable_number, 7.5, INK, style="B", middle=middle, room=72)
        self.link(left, top, QR, QR, url)


def as_pdf(certificate: Certificate) -> bytes:
    """The file: a fraction of a second, whatever stands on it."""
    page = Page(certificate)
    page.draw()
    return bytes(page.output())


def _written(day: date) -> str:
    """3 May 2026, for whoever reads it."""
    return format_date(day, "long", locale="en_GB")


def _runs(line: bytes) -> list[tuple[int, int]]:
    """Where the dark modules of a line begin, and how many stand together."""
    runs, x = [], 0
    while x < len(line):
        if line[x]:
            end = x
            while end < len(line) and line[end]:
                end += 1
            runs.append((x, end - x))
            x = end
        else:
            x += 1
    return runs
