"""Drawings in SVG: whether one is no more than that, and how large it is."""

import re
from typing import Any, BinaryIO
from xml.parsers import expat

from apps.core.sandboxed.main import Refused

MAX = 5_000_000
SVG = "http://www.w3.org/2000/svg"
LENGTH = re.compile(r"([0-9]{0,6}(?:\.[0-9]{0,6})?)(px|pt|mm|cm|in|pc)?")
# CSS Values and Units 3, section 6.2: pixels.
UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def measure(file: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """`width` and `height` in pixels; refused where it isn't a drawing, or holds what a page would run.

    Expat of today stops a file that unpacks to far more than it is; one that brings entities of its own is refused.
    """
    content = file.read(MAX + 1)
    if len(content) > MAX:
        raise Refused("large")
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError:
        raise Refused("damaged") from None
    width, height = reader.size
    return {"width": width, "height": height}, []


class _Reader:
    def __init__(self) -> None:
        self.size = (0, 0)
        self.depth = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._begin
        self.parser.EntityDeclHandler = self._entity

    def _entity(self, *_: object) -> None:
        raise Refused("entities")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        space, _, kind = name.rpartition(" ")
        if not self.size[0]:
            if (space, kind) != (SVG, "svg"):
                raise Refused("no-drawing")
            self.size = _size(attributes)
        links = (value for key, value in attributes.items() if key.rpartition(" ")[2] == "href")
        events = space == SVG and any(re.fullmatch("on[a-z]+", key, re.IGNORECASE) for key in attributes)
        runs = events or kind in {"script", "handler", "listener"}
        if runs or any(re.sub(r"[\s\0-\x1f]", "", link).lower().startswith("javascript:") for link in links):
            raise Refused("script")


def _size(attributes: dict[str, str]) -> tuple[int, int]:
    """As it says, else as its own coordinates say, else what browsers take (CSS 2, section 10.3.2)."""
    stated = [_pixels(attributes.get(side, "")) for side in ("width", "height")]
    if all(stated):
        return round(stated[0]) or 1, round(stated[1]) or 1
    box = [_pixels(part) for part in re.split(r"[\s,]+", attributes.get("viewBox", "").strip())]
    if len(box) == 4 and box[2] and box[3]:
        return round(box[2]) or 1, round(box[3]) or 1
    return 300, 150


def _pixels(text: str) -> float:
    found = LENGTH.fullmatch(text.strip())
    return float(found[1]) * UNITS[found[2] or ""] if found and found[1].strip(".") else 0.0
