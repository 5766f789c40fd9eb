"""What of a video was watched: stretches that the server merges, never longer than its own clock allows.

A stretch is a pair of seconds from the video's beginning. The page reports what its player played; a report adds at
most the time that no earlier report has used up, times the highest speed of a player.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import isfinite
from typing import Any

# What browsers' own players offer at most.
FASTEST = 2
# For reports that arrive late or early; once, not for each report, or many quick ones would add up to a film.
SLACK = timedelta(seconds=1)
# Of the length that must be watched.
ENOUGH = 0.9
# A player that is dragged about leaves many short stretches.
MOST = 500

type Stretch = tuple[float, float]


def read(sent: Any, length: float | None) -> list[Stretch]:
    """Parses the stretches that a page sent, clipped to the video; invalid ones are ignored."""
    found = []
    for pair in sent[:MOST] if isinstance(sent, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and all(_is_number(value) for value in pair):
            start, end = max(float(pair[0]), 0.0), float(pair[1])
            end = min(end, length) if length else end
            if start < end:
                found.append((start, end))
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def merged(stretches: Iterable[Sequence[float]]) -> list[Stretch]:
    """The same, in order and without overlaps."""
    whole: list[Stretch] = []
    for start, end in sorted((float(pair[0]), float(pair[1])) for pair in stretches):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def seconds(stretches: Iterable[Sequence[float]]) -> float:
    """The number of seconds that the stretches cover."""
    return sum(end - start for start, end in merged(stretches))


def counted(
    known: Iterable[Sequence[float]], new: Sequence[Stretch], used: datetime | None, now: datetime
) -> tuple[list[Stretch], datetime]:
    """What is known after a report, and up to when the clock has been used up by it and those before.

    A report without stretches uses nothing: it may overtake the one that was sent before it.
    """
    if used is None or not new:
        return merged(known), used or now - SLACK
    whole = added(known, new, max((now - used).total_seconds(), 0) * FASTEST)
    taken = timedelta(seconds=max(seconds(whole) - seconds(known), 0) / FASTEST)
    return whole, max(used + taken, now - SLACK)


def added(known: Iterable[Sequence[float]], new: Iterable[Stretch], allowed: float) -> list[Stretch]:
    """What is known by then: the new stretches in the order in which they were sent, up to `allowed` seconds more.

    At most MOST stretches are kept, the longest ones.
    """
    whole = merged(known)
    for start, end in new:
        for piece in _gaps(whole, start, end):
            taken = min(piece[1] - piece[0], allowed)
            if taken > 0:
                allowed -= taken
                whole = merged([*whole, (piece[0], piece[0] + taken)])
    longest = sorted(whole, key=lambda pair: pair[0] - pair[1])[:MOST]
    return sorted(longest)


def _gaps(whole: Sequence[Stretch], start: float, end: float) -> list[Stretch]:
    """What of a stretch isn't covered yet, in order."""
    edges = [(start, start), *(pair for pair in whole if pair[1] > start and pair[0] < end), (end, end)]
    gaps = [(max(before[1], start), min(after[0], end)) for before, after in pairwise(edges)]
    return [gap for gap in gaps if gap[0] < gap[1]]


def is_enough(stretches: Iterable[Sequence[float]], length: float | None) -> bool:
    """Has 90 % of the video been watched? Never true if its length is unknown."""
    return bool(length) and seconds(stretches) >= ENOUGH * (length or 0)


def position(at: float, length: float | None) -> float:
    """Where a player stands, within the video."""
    return max(0.0, min(at, length or at)) if isfinite(at) else 0.0
