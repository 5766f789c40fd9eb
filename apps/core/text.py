"""How text about a person is tidied before it is compared or stored, the same for a form and for a file."""

import re
import unicodedata
from typing import Any

from django import forms

# What PostgreSQL can't hold (NUL) or nobody can see; tabs and line breaks are dealt with before.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What turns the text around it, and comes along with what is pasted (Unicode Standard Annex 9, 2.1 to 2.5): a name
# with one of these reads as another, also in what stands behind it. Signs that join letters and emoji are not these.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Letters by their class, and nothing to see: fillers of Hangul, the empty pattern of Braille.
BLANK = set("\u115f\u1160\u2800\u3164\uffa0")


def one_line(text: str) -> str:
    """Composed characters, single spaces, no line breaks, nothing around it; empty if there is nothing to see."""
    tidy = unicodedata.normalize("NFC", " ".join(TURNING.sub("", text).split()))
    return tidy if tidy.isascii() or any(map(_is_seen, tidy)) else ""


def _is_seen(character: str) -> bool:
    return character not in BLANK and unicodedata.category(character) not in {"Cf", "Zs"}


def lines(text: str) -> str:
    """Composed characters, plain line breaks, nothing around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").strip())


def control_character(text: str) -> str:
    """The first control character in `text` as `U+0000`; empty if there is none."""
    # Almost all text is printable, and that is quicker to see.
    found = None if text.isprintable() else CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


class TidyField(forms.CharField):
    """Text as an import would store it, on one line or on several."""

    def to_python(self, value: Any) -> str:
        """Tidied; raises ValidationError for a character that can't be seen or stored."""
        text = super().to_python(value) or ""
        text = lines(text) if isinstance(self.widget, forms.Textarea) else one_line(text)
        if control_character(text):
            raise forms.ValidationError("This holds a character that can't be shown; type it again.")
        return text
