"""Charts as SVG that the server draws: attributes and classes alone, since no page may have a style of its own.

Widths are percentages, so that a chart fits a phone and a desk with letters of one size; heights are pixels. What a
chart shows stands in a table under it, too. `{% load charts %}{% bar_chart chart %}` draws one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log10
from typing import NamedTuple

ROW = 42
PLOT, ABOVE, BELOW = 140, 18, 24
LONGEST = 40
# The first point of a line stands beside the scale, the last a little inside, so that its dot is whole.
LEFT, RIGHT = 8, 98.5


class Point(NamedTuple):
    """A value with its label; `text` is how it is written."""

    label: str
    value: float
    text: str


class Bar(NamedTuple):
    """A bar as it is drawn: its label above it, and where it stands."""

    label: str
    text: str
    baseline: int
    top: int
    width: str


class Dot(NamedTuple):
    """A point of a line as it is drawn."""

    label: str
    text: str
    x: str
    y: str
    left: str


class Rule(NamedTuple):
    """A line of the grid with its value."""

    text: str
    y: str


@dataclass(frozen=True)
class Chart:
    """Values under labels. `name` makes the element's id, `heads` are those of the table, `top` ends the scale."""

    name: str
    title: str
    heads: tuple[str, str]
    points: Sequence[Point]
    top: float = 0
    note: str = ""

    @cached_property
    def scale(self) -> float:
        """Where the scale ends: at `top`, else at a round number that no value exceeds."""
        return self.top or round_up(max((point.value for point in self.points), default=0))

    @property
    def is_empty(self) -> bool:
        """Is there nothing to draw?"""
        return not any(point.value for point in self.points)

    def _share(self, value: float) -> float:
        return min(max(value / self.scale, 0), 1) if self.scale else 0

    @property
    def bars(self) -> list[Bar]:
        """From above, one for each value."""
        return [
            Bar(shorten(point.label), point.text, ROW * n + 14, ROW * n + 20, f"{100 * self._share(point.value):.2f}%")
            for n, point in enumerate(self.points)
        ]

    @property
    def bars_height(self) -> int:
        """How high the chart of bars is, in pixels."""
        return ROW * len(self.points)

    @cached_property
    def dots(self) -> list[Dot]:
        """From left to right, one for each value."""
        step = (RIGHT - LEFT) / max(len(self.points) - 1, 1)
        return [self._dot(point, LEFT + step * n) for n, point in enumerate(self.points)]

    def _dot(self, point: Point, left: float) -> Dot:
        down = PLOT * (1 - self._share(point.value))
        return Dot(point.label, point.text, f"{left:.2f}%", f"{ABOVE + down:.1f}", f"{left:.2f},{down:.1f}")

    @property
    def path(self) -> str:
        """The points of the line, in a box of 100 by PLOT."""
        return " ".join(dot.left for dot in self.dots)

    @property
    def area(self) -> str:
        """The same, down to the ground on both sides."""
        return f"{LEFT},{PLOT} {self.path} {RIGHT},{PLOT}" if len(self.dots) > 1 else ""

    @property
    def rules(self) -> list[Rule]:
        """The ground, the middle and the top of the scale."""
        values = (self.scale, self.scale / 2, 0)
        return [Rule(f"{value:g}", f"{ABOVE + PLOT * (1 - self._share(value)):.1f}") for value in values]

    @property
    def marks(self) -> list[tuple[str, str, str]]:
        """Labels under the line: the first, one in the middle, the last, with where they stand and how."""
        if len(self.dots) < 3:
            return [(dot.label, dot.x, "start" if n == 0 else "end") for n, dot in enumerate(self.dots)]
        first, middle, last = self.dots[0], self.dots[len(self.dots) // 2], self.dots[-1]
        return [(first.label, f"{LEFT - 2}%", "start"), (middle.label, middle.x, "middle"), (last.label, "100%", "end")]

    @property
    def line_height(self) -> int:
        """How high the chart of a line is, in pixels."""
        return ABOVE + PLOT + BELOW

    @property
    def plot(self) -> dict[str, int]:
        """The box in which the line is drawn."""
        return {"top": ABOVE, "height": PLOT, "foot": ABOVE + PLOT + BELOW - 6}


def round_up(value: float) -> float:
    """The next of 2, 4, 6, 8 and 10 times a power of ten: its half is written shortly, too. 2 for nothing."""
    if value <= 2:
        return 2
    power = 10 ** floor(log10(value))
    return float(next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= ceil(value)))


def shorten(text: str) -> str:
    """A label that fits above a bar; the table has all of it."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
