"""PDFs: pages on which text stands in the script that it was written in.

Written with fpdf2, which embeds of each font what is used, and HarfBuzz, which joins Arabic letters and orders what is
written from right to left. Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and emoji (in one colour) are
brought along (theme/static_src/fonts.py); Chinese, Japanese and Korean are shown where Debian's fonts-droid-fallback is
installed.
"""

import re
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from django.conf import settings
from fpdf import FPDF

FONTS = Path(__file__).resolve().parent / "fonts"
CJK = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
FALLBACK = {
    "arabic": FONTS / "NotoSansArabic.ttf",
    "hebrew": FONTS / "NotoSansHebrew.ttf",
    "devanagari": FONTS / "NotoSansDevanagari.ttf",
    "thai": FONTS / "NotoSansThai.ttf",
    "emoji": FONTS / "NotoEmoji.ttf",
    "cjk": CJK,
}
type Color = tuple[int, int, int]  # Red, green, blue.
INK, MUTED, LINE, GREEN = (34, 31, 28), (104, 99, 93), (222, 219, 213), (22, 97, 72)
# What stands from right to left, or whose letters change beside one another. To shape all would take ten times as long.
COMPLEX = re.compile("[\u0300-\u036f\u0590-\u1cff\ufb1d-\ufdff\ufe70-\ufefc]")
# Selectors of coloured or plain emoji and of the skin's tone: there is but one emoji here.
NO_GLYPHS = dict.fromkeys([0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)])
BOX = "\N{WHITE LARGE SQUARE}"


class Document(FPDF):
    """Pages in `noto`, with the fonts of other scripts behind it, of this academy."""

    def __init__(self, **page: Any) -> None:
        super().__init__(**page)
        self.add_font("noto", "", FONTS / "NotoSans.ttf")
        self.add_font("noto", "B", FONTS / "NotoSans-SemiBold.ttf")
        there = {name: path for name, path in FALLBACK.items() if path.exists()}
        for name, path in there.items():
            self.add_font(name, "", path)
        self.set_fallback_fonts(list(there), exact_match=False)
        self.plain = self.held_by("noto")
        self.shown = self.plain.union(*map(self.held_by, there))
        self.set_author(settings.ACADEMY_NAME)
        self.set_creator("Homeroom")
        self.set_lang("en")

    def held_by(self, font: str) -> frozenset[int]:
        """The characters that a font has."""
        return frozenset(map(int, self.fonts[font].cmap))  # type: ignore[union-attr]

    def can_show(self, text: str) -> bool:
        """Has some font each character of it?"""
        return self.shown.issuperset(map(ord, _cleared(text)))

    def prepare(self, text: str, size: float, color: Color, style: str = "", *, font: str = "noto") -> str:
        """Set font and colour; the text with a box for each character that no font has."""
        self.set_font(font, style, size)
        self.set_text_color(*color)
        text = _cleared(text)
        if not self.shown.issuperset(map(ord, text)):
            text = "".join(c if c == "\n" or ord(c) in self.shown else BOX for c in text)
        self.set_text_shaping(COMPLEX.search(text) is not None)
        return text

    def is_plain(self, text: str) -> bool:
        """One font has all of it, and each letter stands for itself."""
        return COMPLEX.search(text) is None and all(c == "\n" or ord(c) in self.plain for c in text)


def _cleared(text: str) -> str:
    return text.replace("\t", "    ").translate(NO_GLYPHS)


def reads_from_the_right(text: str) -> bool:
    """Its first letter with a direction says so (rules P2 and P3 of https://www.unicode.org/reports/tr9/)."""
    directions = (bidirectional(c) for c in text)
    return next((found for found in directions if found in {"L", "R", "AL"}), "L") != "L"
