"""The HTML that is being written: what is open in it, how deep, and what of it isn't shown."""

from collections.abc import Callable
from typing import Any, NamedTuple

from apps.core.markdown import boxes

# What may stand in itself, and how deep that is kept: browsers give up at some depth, and readers long before.
DEEP = {"blockquote": 12, "ul": 12, "ol": 12, "em": 4, "strong": 4, "del": 4}


class Box:
    """An open box, which may still find its heading."""

    def __init__(self, kind: boxes.Kind, level: int, heading: str) -> None:
        self.kind, self.level, self.heading, self.anchor = kind, level, heading, ""


class Element(NamedTuple):
    """An element that is open: what to write at its end, or what to make of everything since it began."""

    tag: str
    start: int
    end: str = ""
    finish: Callable[[str], str] | None = None
    hides: bool = False
    box: Box | None = None


class Output:
    """Pieces of HTML, and a stack of the elements that are open."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[Element] = []
        self._boxes: list[Box] = []
        self._depth = dict.fromkeys(DEEP, 0)
        # How many open elements hide what is in them, and how many are links.
        self._hidden = self._linked = 0

    def _emit(self, html: str) -> None:
        if not self._hidden:
            self._out.append(html)

    def _begin(self, tag: str, **more: Any) -> None:
        element = Element(tag, len(self._out), **more)
        self._open.append(element)
        self._hidden += element.hides
        self._linked += tag == "a"
        if element.box:
            self._boxes.append(element.box)
        if tag in DEEP:
            self._depth[tag] += 1

    def _end(self) -> None:
        element = self._open.pop()
        self._hidden -= element.hides
        self._linked -= element.tag == "a"
        if element.box:
            self._boxes.pop()
        if element.tag in DEEP:
            self._depth[element.tag] -= 1
        if element.finish and not self._hidden:
            inner = "".join(self._out[element.start :])
            del self._out[element.start :]
            self._emit(element.finish(inner))
        else:
            self._emit(element.end)
