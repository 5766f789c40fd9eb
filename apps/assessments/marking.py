"""Marking: the share of a question's points that an answer earns. Pure functions that read no database.

Points are exact fractions, added up first and then rounded once, half up, to hundredths.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from django.db import models

HUNDREDTH = Decimal("0.01")
# A number, once its decimal comma has become a point.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII)
MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
SPACES = re.compile(r"[\s\u202f\u00a0]")


class Kind(models.TextChoices):
    """The kinds of questions."""

    SINGLE = "single", "Single choice"
    MULTIPLE = "multiple", "Multiple choice"
    TRUE_FALSE = "true_false", "True or false"
    TEXT = "text", "Short text"
    NUMBER = "number", "Number"


class Partial(models.TextChoices):
    """How partly right answers to a question with several right options are marked."""

    NONE = "none", "All or nothing"
    MINUS = "minus", "Each right option counts, each wrong one takes as much away"


CHOSEN = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE})
# The marking rule that students read before they start.
RULES = {
    Partial.NONE: "Where several options are right, you earn the points if you choose exactly those.",
    Partial.MINUS: "Where several options are right, each one that you choose earns a share of the points, and each "
    "wrong one takes a share away. A question never earns less than zero.",
}


@dataclass(frozen=True)
class Key:
    """The right answer: ids of the right options, accepted texts, or a number with its tolerance."""

    kind: str
    right: frozenset[int] = frozenset()
    variants: tuple[str, ...] = ()
    case_matters: bool = False
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class Given:
    """An answer: ids of the chosen options, or the text as typed."""

    chosen: frozenset[int] = frozenset()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """True without any answer; `0` is one."""
        return not self.chosen and not self.text.strip()


class Mend(models.TextChoices):
    """How a corrected key affects answers marked by the old one."""

    KEEP = "keep", "The new key counts, and nobody loses points"
    NEW = "new", "Only the new key counts"
    FULL = "full", "Everyone gets full marks for it"


@dataclass(frozen=True)
class KeyStep:
    """A key, and by which Mend mode it replaces the one before it."""

    mode: str
    key: Key


def share_by(steps: Iterable[KeyStep], given: Given | None, partial: str = Partial.NONE) -> Fraction:
    """The share (0 to 1) that an answer earns after applying each key in order."""
    part = Fraction(0)
    for step in steps:
        now = share(step.key, given, partial)
        part = Fraction(1) if step.mode == Mend.FULL else max(part, now) if step.mode == Mend.KEEP else now
    return part


def share(key: Key, given: Given | None, partial: str = Partial.NONE) -> Fraction:
    """The share (0 to 1) of a question's points that an answer earns."""
    if given is None or given.is_empty:
        return Fraction(0)
    if key.kind == Kind.MULTIPLE:
        return _share_of_several(key.right, given.chosen, partial)
    if key.kind in CHOSEN:
        return Fraction(len(given.chosen) == 1 and given.chosen <= key.right)
    if key.kind == Kind.TEXT:
        said = comparable(given.text, case_matters=key.case_matters)
        return Fraction(any(said == comparable(each, case_matters=key.case_matters) for each in key.variants))
    return Fraction(is_near(given.text, key.number, key.tolerance))


def _share_of_several(right: Collection[int], chosen: Collection[int], partial: str) -> Fraction:
    right, chosen = set(right), set(chosen)
    if not right:
        return Fraction(0)
    if partial != Partial.MINUS:
        return Fraction(chosen == right)
    return max(Fraction(len(chosen & right) - len(chosen - right), len(right)), Fraction(0))


def comparable(text: str, *, case_matters: bool = False) -> str:
    """Normalize a text for comparison: NFC, single spaces, case folded unless it matters."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if case_matters else unicodedata.normalize("NFC", text.casefold())


def read_number(text: str) -> Decimal | None:
    """Parse a typed number with a decimal comma or point; None if it isn't one. Empty is never 0."""
    typed = SPACES.sub("", text.translate(MINUS)).lower()
    if typed.count(",") == 1 and "." not in typed:
        typed = typed.replace(",", ".")
    if len(typed) > 60 or not NUMBER.fullmatch(typed):
        return None
    try:
        return Decimal(typed)
    except InvalidOperation:
        return None


def is_near(text: str, number: Decimal | None, tolerance: Decimal) -> bool:
    """Is the typed number within the tolerance, bounds included?"""
    typed = read_number(text)
    if typed is None or number is None:
        return False
    return abs(Fraction(typed) - Fraction(number)) <= Fraction(tolerance)


def rounded(points: Fraction) -> Decimal:
    """Round points to hundredths, half up. Nothing else rounds."""
    hundredths = Fraction(points) * 100
    whole, rest = divmod(hundredths.numerator, hundredths.denominator)
    return (Decimal(whole + (2 * rest >= hundredths.denominator)) * HUNDREDTH).quantize(HUNDREDTH, ROUND_HALF_UP)


def earned(points: Decimal, part: Fraction) -> Fraction:
    """The exact points for a share of `possible`."""
    return Fraction(points) * part


def total(parts: Iterable[Fraction]) -> Decimal:
    """An attempt's mark: the sum of its exact points, rounded once."""
    return rounded(sum(parts, Fraction(0)))


def percent(points: Decimal, possible: Decimal) -> Decimal:
    """A mark in percent, to hundredths; 0 if no points were possible."""
    return rounded(Fraction(points) * 100 / Fraction(possible)) if possible else Decimal(0)


class Counts(models.TextChoices):
    """Which attempt's mark counts."""

    BEST = "best", "The best attempt"
    LAST = "last", "The last attempt"
    MEAN = "mean", "The mean of all attempts"


def counting(marks: list[Decimal], counts: str) -> Decimal | None:
    """The mark that counts, given those of all finished attempts in order; None without any."""
    if not marks:
        return None
    if counts == Counts.MEAN:
        return rounded(sum(map(Fraction, marks), Fraction(0)) / len(marks))
    return marks[-1] if counts == Counts.LAST else max(marks)
