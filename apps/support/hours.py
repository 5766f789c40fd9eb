"""When support is open, on the academy's clock.

An instant is open if the wall clock of the academy stands in one of the day's half-open intervals at that moment. Hours
are kept in local time and evaluated for each date, so a change of the clock moves none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils import timezone

from apps.support.models import BusinessHours, SpecialDay
from apps.support.models.hours import MINUTES

# Pairs of minutes after midnight, `[opens, closes)`.
Intervals = Sequence[tuple[int, int]]
WHOLE_DAY: Intervals = [(0, MINUTES)]
# How far ahead an opening or a closing is looked for: over a year, for hours that a single special day brings.
HORIZON = timedelta(days=400)
MINUTE = timedelta(minutes=1)
# When a day begins on which support has been open all night.
MORNING = 9 * 60


@dataclass(frozen=True)
class OpeningHours:
    """The hours of each weekday (0 is Monday), and of the dates that have their own."""

    week: Mapping[int, Intervals]
    days: Mapping[date, Intervals] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)
    zone: tzinfo = field(default_factory=timezone.get_default_timezone)

    def of(self, day: date) -> Intervals:
        """The intervals of a date. While no weekday has any, support is open all week."""
        if day in self.days:
            return self.days[day]
        return self.week.get(day.weekday(), []) if any(self.week.values()) else WHOLE_DAY

    def is_open(self, at: datetime) -> bool:
        """Is support open at this moment?"""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.of(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """When support opens next, in UTC: `at` itself while it is open, None if not within the horizon."""
        return self._next(at, wanted=True)

    def closes_at(self, at: datetime) -> datetime | None:
        """When support closes next, in UTC: `at` itself while it is closed, None if not within the horizon."""
        return self._next(at, wanted=False)

    def closed_for(self, at: datetime) -> str:
        """The name of the special day that it is, if it is one: "New Year's Day"."""
        return self.names.get(at.astimezone(self.zone).date(), "")

    def after_open(self, at: datetime, span: timedelta) -> datetime | None:
        """The earliest moment, in UTC, with this much open time since `at`; None if not within the horizon.

        What uses a day up is due when support closes, not when it opens again.
        """
        moment = self.next_opening(at)
        while moment is not None:
            closes = self._next(moment, wanted=False, within=span)
            if closes is None or closes - moment >= span:
                return moment + span
            span -= closes - moment
            moment = self.next_opening(closes)
        return None

    def morning(self, day: date) -> datetime | None:
        """When the working day of a date begins; None where support is closed on it."""
        for opens, closes in self.of(day):
            if opens > 0 or closes > MORNING:
                minute = opens or MORNING  # Hours that go on from the night before begin no day.
                return datetime.combine(day, time(*divmod(minute, 60)), self.zone).astimezone(UTC)
        return None

    @property
    def are_set(self) -> bool:
        """Has anybody said when support is open?"""
        return bool(self.days) or any(self.week.values())

    def _next(self, at: datetime, *, wanted: bool, within: timedelta = HORIZON) -> datetime | None:
        at = at.astimezone(UTC)
        if self.is_open(at) == wanted:
            return at
        first = at.astimezone(self.zone).date()
        for ahead in range(min(HORIZON, within).days + 2):
            for moment in self._edges(first + timedelta(days=ahead)):
                if moment > at and self.is_open(moment) == wanted:
                    return moment
        return None

    def _edges(self, day: date) -> Iterator[datetime]:
        """The moments of a day at which support may open or close, in order."""
        begins, ends = self._midnight(day), self._midnight(day + timedelta(days=1))
        yield begins
        if ends - begins == timedelta(days=1):
            for minute in sorted({edge for interval in self.of(day) for edge in interval}):
                yield begins + minute * MINUTE
        else:
            # The clock changes: an edge may be skipped, or met twice, so every minute is asked.
            yield from (begins + count * MINUTE for count in range(int((ends - begins) / MINUTE)))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


def opening_hours() -> OpeningHours:
    """What staff have set, in two queries."""
    special = {pk: (day, name) for pk, day, name in SpecialDay.objects.values_list("pk", "date", "name")}
    week: dict[int, list[tuple[int, int]]] = {}
    days: dict[date, list[tuple[int, int]]] = {day: [] for day, _ in special.values()}
    for row in BusinessHours.objects.order_by("opens"):
        if row.weekday is not None:
            week.setdefault(row.weekday, []).append((row.opens, row.closes))
        elif row.day_id in special:
            days[special[row.day_id][0]].append((row.opens, row.closes))
    return OpeningHours(week, days, dict(special.values()))


def is_open(at: datetime | None = None) -> bool:
    """Is support open now, or at that moment?"""
    return opening_hours().is_open(at or timezone.now())


def next_opening(at: datetime | None = None) -> datetime | None:
    """When support opens again: now or that moment while it is open, None if not within the horizon."""
    return opening_hours().next_opening(at or timezone.now())


def closes_at(at: datetime | None = None) -> datetime | None:
    """When support closes: now or that moment while it is closed, None if not within the horizon."""
    return opening_hours().closes_at(at or timezone.now())
