"""Marking: how much of a question's points an answer earns. Pure functions; nothing here reads the database.

Points are exact fractions until the end: they are added up first and rounded once, half up, to hundredths.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from django.db import models

HUNDREDTH = Decimal("0.01")
# What a number may look like, after its decimal comma has become a point.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII)
MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
SPACES = re.compile(r"[\s\u202f\u00a0]")


class Kind(models.TextChoices):
    """The kinds of questions."""

    SINGLE = "single", "One of several"
    MULTIPLE = "multiple", "Several of several"
    TRUE_FALSE = "true_false", "True or false"
    TEXT = "text", "Short text"
    NUMBER = "number", "Number"


class Partial(models.TextChoices):
    """What a question with several right options earns when not all of it is right."""

    NONE = "none", "All or nothing"
    MINUS = "minus", "Each right option counts, each wrong one takes as much away"


CHOSEN = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE})
# The marking rule, as students read it before they start.
RULES = {
    Partial.NONE: "Where several options are right, you earn the points if you choose exactly those.",
    Partial.MINUS: "Where several options are right, each one that you choose earns a share of the points, and each "
    "wrong one takes a share away. A question never earns less than zero.",
}


@dataclass(frozen=True)
class Key:
    """What is right. `right` are the right options' ids, `variants` the texts that are accepted."""

    kind: str
    right: frozenset[int] = frozenset()
    variants: tuple[str, ...] = ()
    case_matters: bool = False
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class Given:
    """What was answered: the ids of the chosen options, or a text as it was typed."""

    chosen: frozenset[int] = frozenset()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Was nothing answered? Zero is an answer."""
        return not self.chosen and not self.text.strip()


class Mend(models.TextChoices):
    """What a mended key does to answers that were marked by the old one."""

    KEEP = "keep", "The new key counts, and nobody loses points"
    NEW = "new", "Only the new key counts"
    FULL = "full", "Everyone gets full marks for it"


@dataclass(frozen=True)
class KeyStep:
    """A key, and what it does to what the one before it gave."""

    mode: str
    key: Key


def share_by(steps: Iterable[KeyStep], given: Given | None, partial: str = Partial.NONE) -> Fraction:
    """The share that an answer earns by a key and whatever was mended of it since, in order."""
    part = Fraction(0)
    for step in steps:
        now = share(step.key, given, partial)
        part = Fraction(1) if step.mode == Mend.FULL else max(part, now) if step.mode == Mend.KEEP else now
    return part


def share(key: Key, given: Given | None, partial: str = Partial.NONE) -> Fraction:
    """The share of a question's points that an answer earns, from 0 to 1."""
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
    """A text as it is compared: one spelling of each character (NFC), single spaces, and no case unless it matters."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if case_matters else unicodedata.normalize("NFC", text.casefold())


def read_number(text: str) -> Decimal | None:
    """A number as people type it, with a comma or a point; None for what isn't one. Nothing is never zero."""
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
    """Is the typed number within the tolerance, both ends included?"""
    typed = read_number(text)
    if typed is None or number is None:
        return False
    return abs(Fraction(typed) - Fraction(number)) <= Fraction(tolerance)


def rounded(points: Fraction) -> Decimal:
    """Points to hundredths, half up: the one place where anything is rounded."""
    hundredths = Fraction(points) * 100
    whole, rest = divmod(hundredths.numerator, hundredths.denominator)
    return (Decimal(whole + (2 * rest >= hundredths.denominator)) * HUNDREDTH).quantize(HUNDREDTH, ROUND_HALF_UP)


def earned(points: Decimal, part: Fraction) -> Fraction:
    """The exact points for a share of a question's."""
    return Fraction(points) * part


def total(parts: Iterable[Fraction]) -> Decimal:
    """The mark of an attempt: everything that was earned, rounded once."""
    return rounded(sum(parts, Fraction(0)))


def percent(points: Decimal, possible: Decimal) -> Decimal:
    """A mark in percent, to hundredths; 0 where nothing could be earned."""
    return rounded(Fraction(points) * 100 / Fraction(possible)) if possible else Decimal(0)


class Counts(models.TextChoices):
    """Which of several attempts counts."""

    BEST = "best", "The best attempt"
    LAST = "last", "The last attempt"
    MEAN = "mean", "The mean of all attempts"


def counting(marks: list[Decimal], counts: str) -> Decimal | None:
    """The mark that counts, of those of all finished attempts in order; None for none."""
    if not marks:
        return None
    if counts == Counts.MEAN:
        return rounded(sum(map(Fraction, marks), Fraction(0)) / len(marks))
    return marks[-1] if counts == Counts.LAST else max(marks)
