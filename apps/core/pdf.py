"""PDFs: pages on which text stands in the script that it was written in.

Written with fpdf2, which embeds of each font what is used, and HarfBuzz, which joins Arabic letters and orders what is
written from right to left. Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and emoji (in one colour) are
brought along (theme/static_src/fonts.py); Chinese, Japanese and Korean are shown where Debian's fonts-droid-fallback is
installed.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from django.conf import settings
from fontTools.ttLib import TTFont
from fpdf import FPDF

FONTS = Path(__file__).resolve().parent / "fonts"
CJK = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
FILES = {
    ("noto", ""): FONTS / "NotoSans.ttf",
    ("noto", "B"): FONTS / "NotoSans-SemiBold.ttf",
    ("display", ""): FONTS / "NotoSerifDisplay.ttf",
}
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
NEW_LINE = {ord("\n")}


@cache
def held_by(path: Path) -> frozenset[int]:
    """The characters that a font has; none of a font that isn't installed. Read once in a process, and nothing else."""
    if not path.exists():
        return frozenset()
    with TTFont(path, lazy=True) as font:
        return frozenset(map(int, font.getBestCmap()))


def not_plain(text: str) -> set[int]:
    """The characters of a text that `noto` doesn't have."""
    return set(map(ord, text)) - held_by(FILES["noto", ""])


def holder_of(character: int) -> str:
    """The font of another script that has a character; empty where none has."""
    return next((name for name, path in FALLBACK.items() if character in held_by(path)), "")


class Document(FPDF):
    """Pages in `noto`, with the fonts of other scripts behind it, of this academy.

    To read a font takes much longer than to draw with it, so each is added by the first text that needs it.
    """

    def __init__(self, **page: Any) -> None:
        super().__init__(**page)
        self.set_author(settings.ACADEMY_NAME)
        self.set_creator("Homeroom")
        self.set_lang("en")
        self._behind: set[str] = set()

    def can_show(self, text: str) -> bool:
        """Has some font each character of it?"""
        return all(map(holder_of, not_plain(_cleared(text))))

    def prepare(self, text: str, size: float, color: Color, style: str = "", *, font: str = "noto") -> str:
        """Set font and colour; the text with a box for each character that no font has."""
        text = _cleared(text)
        unknown = [character for character in not_plain(text) - NEW_LINE if not holder_of(character)]
        text = text.translate(dict.fromkeys(unknown, BOX))
        self._bring(font, style, {holder_of(character) for character in not_plain(text) - NEW_LINE})
        self.set_font(font, style, size)
        self.set_text_color(*color)
        self.set_text_shaping(COMPLEX.search(text) is not None)
        return text

    def is_plain(self, text: str) -> bool:
        """One font has all of it, and each letter stands for itself."""
        return COMPLEX.search(text) is None and not_plain(text) <= NEW_LINE

    def _bring(self, font: str, style: str, behind: set[str]) -> None:
        """Add a font, and those that stand behind it for what it doesn't have."""
        if f"{font}{style}" not in self.fonts:
            self.add_font(font, style, FILES[font, style])
        if behind <= self._behind:
            return
        for name in behind - self._behind:
            self.add_font(name, "", FALLBACK[name])
        self._behind |= behind
        self.set_fallback_fonts([name for name in FALLBACK if name in self._behind], exact_match=False)


def _cleared(text: str) -> str:
    return text.replace("\t", "    ").translate(NO_GLYPHS)


def reads_from_the_right(text: str) -> bool:
    """Its first letter with a direction says so (rules P2 and P3 of https://www.unicode.org/reports/tr9/)."""
    directions = (bidirectional(c) for c in text)
    return next((found for found in directions if found in {"L", "R", "AL"}), "L") != "L"
