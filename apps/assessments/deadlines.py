"""When an attempt ends and when the last one may start: one function each, with every rule that applies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

# Caps, so that a typing error doesn't give somebody years.
MOST_MINUTES, MOST_FACTOR = 10_080, Decimal(10)


@dataclass(frozen=True)
class Allowance:
    """A student's extra time: a factor of the time limit, plus minutes."""

    factor: Decimal = Decimal(1)
    minutes: int = 0

    def on_top_of(self, length: timedelta | None) -> timedelta:
        """The time added to `length`; without a length, the minutes alone."""
        added = timedelta(minutes=self.minutes)
        return added if length is None else added + length * int((self.factor - 1) * 100) / 100


@dataclass(frozen=True)
class Rules:
    """A quiz's times before any student's extra time. Each may be None."""

    length: timedelta | None = None
    opens: datetime | None = None
    no_start_after: datetime | None = None
    ends_at: datetime | None = None

    @property
    def usual(self) -> timedelta | None:
        """The time limit, or else the whole window from opening to end; None without either."""
        if self.length is not None:
            return self.length
        return self.ends_at - self.opens if self.ends_at and self.opens else None


NOTHING = Allowance()


def deadline(rules: Rules, started: datetime, allowance: Allowance = NOTHING, added: int = 0) -> datetime | None:
    """When an attempt that started at `started` ends; None for never.

    Extra time lengthens the attempt and moves the common end too: with double time, an hour that starts at eight ends
    at ten even if everybody else must stop at nine. `added` is in minutes, given while the attempt ran.
    """
    extra = allowance.on_top_of(rules.usual)
    ends = [started + rules.length + extra] if rules.length is not None else []
    if rules.ends_at:
        ends.append(rules.ends_at + extra)
    return min(ends) + timedelta(minutes=added) if ends else None


def closes(rules: Rules, allowance: Allowance = NOTHING) -> datetime | None:
    """The moment from which this student can no longer start; None for never."""
    extra = allowance.on_top_of(rules.usual)
    ends = [moment + extra for moment in (rules.no_start_after, rules.ends_at) if moment]
    return min(ends, default=None)


def may_start(rules: Rules, now: datetime, allowance: Allowance = NOTHING) -> bool:
    """May an attempt start at `now`?"""
    end = closes(rules, allowance)
    return (rules.opens is None or rules.opens <= now) and (end is None or now < end)


def length_in_words(rules: Rules, allowance: Allowance = NOTHING) -> str:
    """The time limit as the student reads it, such as `60 minutes (30 + 30)`; empty for none."""
    if rules.length is None:
        return ""
    base = round(rules.length.total_seconds() / 60)
    extra = round(allowance.on_top_of(rules.length).total_seconds() / 60)
    words = f"{base + extra} minute{'' if base + extra == 1 else 's'}"
    return f"{words} ({base} + {extra})" if extra else words
