"""Which days a series falls on: dates of a calendar, each made a moment for itself (wall_time.py)."""

from calendar import day_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import dropwhile, islice, takewhile
from typing import Any

from dateutil.rrule import MONTHLY, WEEKLY, rrule
from dateutil.rrule import weekday as rrule_weekday
from django.db import models

# The most dates that one series may have.
MOST = 366
# How far ahead an open series is filled: a daily one has MOST dates then, today's among them.
AHEAD = timedelta(days=MOST - 1)


class Pattern(models.TextChoices):
    """How a series repeats."""

    WEEKLY = "weekly", "Every week, or every few weeks, on chosen days"
    MONTH_DAY = "month_day", "Every month on the same date, or the last day where a month is shorter"
    MONTH_END = "month_end", "Every month on its last day"
    MONTH_WEEKDAY = "month_weekday", "Every month on the same weekday, like the second Tuesday"


@dataclass(frozen=True)
class Rule:
    """A series' dates: from `first` on, by `pattern`, until `until`, or `count` of them, or without end.

    `interval` counts weeks or months; `weekdays` (0 is Monday) are for WEEKLY alone. `week_begins` is the weekday on
    which weeks begin that are counted by twos or more: Monday, unless the whole rule was moved by some days.
    """

    pattern: str
    first: date
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    count: int | None = None
    week_begins: int = 0

    @property
    def is_open(self) -> bool:
        """Does it go on without end?"""
        return self.until is None and self.count is None

    def dates(self) -> Iterator[date]:
        """All of its dates in order, without end where it is open."""
        limits: dict[str, Any] = {
            "interval": self.interval,
            "dtstart": datetime.combine(self.first, datetime.min.time()),
        }
        if self.count:
            limits["count"] = self.count
        elif self.until:
            limits["until"] = datetime.combine(self.until, datetime.min.time())
        if self.pattern == Pattern.WEEKLY:
            days = sorted(self.weekdays or {self.first.weekday()})
            found = rrule(WEEKLY, byweekday=days, wkst=self.week_begins, **limits)
        elif self.pattern == Pattern.MONTH_END:
            found = rrule(MONTHLY, bymonthday=-1, **limits)
        elif self.pattern == Pattern.MONTH_WEEKDAY:
            found = rrule(MONTHLY, byweekday=_weekday_in_month(self.first), **limits)
        else:
            # The 31st where there is one, else the last day: never a month skipped in silence.
            ends = range(min(self.first.day, 28), self.first.day + 1)
            found = rrule(MONTHLY, bymonthday=list(ends), bysetpos=-1, **limits)
        return (each.date() for each in found)

    def begun_on(self, day: date) -> "Rule":
        """The same begun on another day, which is the first of its dates: its weekdays move along."""
        at_end = (day + timedelta(days=1)).day == 1
        pattern = Pattern.MONTH_DAY if self.pattern == Pattern.MONTH_END and not at_end else self.pattern
        return replace(self.moved_by((day - self.first).days), pattern=pattern, first=day)

    def moved_by(self, days: int) -> "Rule":
        """The rule with shifted weekdays. The first day of the week shifts too: consecutive days stay consecutive."""
        weekdays = frozenset((each + days) % 7 for each in self.weekdays)
        return replace(self, weekdays=weekdays, week_begins=(self.week_begins + days) % 7)

    def starting(self, day: date) -> "Rule":
        """The same from another day on: its weekdays stay if that is one of them, else they move along."""
        return replace(self, first=day) if day.weekday() in self.weekdays else self.begun_on(day)

    def dates_between(self, start: date, last: date) -> list[date]:
        """Its dates from one day to another, both included; one more than MOST at most, which is too many."""
        found = takewhile(lambda day: day <= last, dropwhile(lambda day: day < start, self.dates()))
        return list(islice(found, MOST + 1))

    @property
    def words(self) -> str:
        """How it repeats, as people say it: `Every 2 weeks on Tuesday and Thursday`."""
        unit = "week" if self.pattern == Pattern.WEEKLY else "month"
        every = f"Every {unit}" if self.interval == 1 else f"Every {self.interval} {unit}s"
        if self.pattern == Pattern.WEEKLY:
            return f"{every} on {_listed([day_name[day] for day in sorted(self.weekdays or {self.first.weekday()})])}"
        if self.pattern == Pattern.MONTH_END:
            return f"{every} on the last day"
        if self.pattern == Pattern.MONTH_WEEKDAY:
            nth = ("first", "second", "third", "fourth", "last")[(self.first.day - 1) // 7]
            return f"{every} on the {nth} {day_name[self.first.weekday()]}"
        shorter = ", or the last day of a shorter month" if self.first.day > 28 else ""
        return f"{every} on the {_ordinal(self.first.day)}{shorter}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _ordinal(number: int) -> str:
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _weekday_in_month(day: date) -> rrule_weekday:
    """The second Tuesday as dateutil says it. A fifth one is the last: months without a fifth aren't skipped."""
    nth = (day.day - 1) // 7 + 1
    return rrule_weekday(day.weekday(), -1 if nth == 5 else nth)
