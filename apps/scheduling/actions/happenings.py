"""What an own event is, and what a change made on one of its days means for the others."""

from dataclasses import asdict, dataclass, replace
from datetime import date, time
from itertools import count, dropwhile
from typing import Any

from dateutil.relativedelta import relativedelta
from dateutil.relativedelta import weekday as weekday_of_month
from django.core.exceptions import ValidationError

from apps.scheduling.models import OwnEvent
from apps.scheduling.models.events import MOST_DAYS
from apps.scheduling.models.series import rule_fields
from apps.scheduling.recurrence import Pattern, Rule


@dataclass(frozen=True)
class Happening:
    """What an event is: on whole days from `first` to `last`, or from `at` on the clock of `zone`; perhaps repeated."""

    title: str
    first: date
    last: date | None = None
    at: time | None = None
    zone: str = ""
    minutes: int | None = None
    notes: str = ""
    is_busy: bool = True
    is_private: bool = True
    rule: Rule | None = None


def keeps_rule(event: OwnEvent, day: date, happening: Happening) -> bool:
    """Does it repeat as before? Its days may have moved, all by the same amount; it may end on another day."""
    old, new = event.rule, happening.rule
    if not event.repeats or new is None or (old.pattern, old.interval) != (new.pattern, new.interval):
        return False
    own = {day.weekday()}
    return old.pattern != Pattern.WEEKLY or (old.weekdays or own) == (new.weekdays or own)


def from_day_on(event: OwnEvent, day: date, happening: Happening) -> Happening:
    """An event that replaces this one from a day on.

    Unless its dates change, its rule keeps its first date: the 31st stays the 31st after a shorter month. Raises
    ValidationError.
    """
    rule = _moved_along(event, day, happening)
    if rule and happening.first == day and keeps_rule(event, day, happening):
        rule = replace(event.rule, until=rule.until, count=rule.count)
    return replace(happening, rule=rule)


def on_all_days(event: OwnEvent, day: date, happening: Happening) -> Happening:
    """The event with all of its days changed as this one: each moves by as much. Raises ValidationError.

    One that no longer repeats happens once, on the day that was changed.
    """
    rule = _moved_along(event, day, happening)
    if rule is None or not event.repeats:
        return happening
    start, same = event.first + (happening.first - day), keeps_rule(event, day, happening)
    if same and happening.first == day:
        rule = replace(event.rule, until=rule.until, count=rule.count)
    else:
        if same and rule.pattern != Pattern.WEEKLY:
            months = 12 * (happening.first.year - day.year) + happening.first.month - day.month
            start = event.first + relativedelta(months=months, day=1)
        rule = _counted_back(rule, start)
    last = happening.last and happening.last + (start - happening.first)
    return replace(happening, first=start, last=last, rule=rule)


def columns(happening: Happening) -> dict[str, Any]:
    """The columns of an event; ValidationError says at the field what can't be."""
    own = asdict(happening)
    rule = own.pop("rule") and happening.rule
    if happening.at is None:
        own |= {"last": happening.last or happening.first, "zone": "", "minutes": None}
        if own["last"] < happening.first:
            raise ValidationError({"last": "It ends before it begins."}, code="order")
        if (own["last"] - happening.first).days >= MOST_DAYS:
            raise ValidationError({"last": f"It takes {MOST_DAYS} days at most."}, code="long")
    else:
        own["last"] = None
    if rule is None:
        return own | rule_fields(Rule("weekly", happening.first)) | {"counted_from": None, "repeats": False}
    first = next(dropwhile(lambda day: day < happening.first, rule.dates()), None)
    if first is None:
        raise ValidationError({"until": "It would never happen: no such day lies before this one."}, code="never")
    # An event begins on the first day on which it happens; its rule may have begun earlier.
    last = own["last"] and own["last"] + (first - happening.first)
    begun = rule.first if rule.first < happening.first else None
    return own | rule_fields(rule) | {"first": first, "last": last, "counted_from": begun, "repeats": True}


def _moved_along(event: OwnEvent, day: date, happening: Happening) -> Rule | None:
    """The rule that was asked for. Weekdays and an end that nobody changed move with the day."""
    old, new, moved = event.rule, happening.rule, happening.first - day
    if not event.repeats or new is None:
        return new
    if (new.pattern, new.interval, new.weekdays) == (old.pattern, old.interval, old.weekdays):
        new = replace(new, week_begins=old.week_begins)
    if moved and new.weekdays == old.weekdays:
        new = new.moved_by(moved.days)
    if new.until and new.until == old.until:
        new = replace(new, until=new.until + moved)
    if next(new.dates(), happening.first) != happening.first:
        raise ValidationError(
            {"first": "It wouldn’t repeat on this day. Change the day, or how it repeats."}, code="off"
        )
    return new


def _counted_back(rule: Rule, start: date) -> Rule:
    """The same rule, begun on this day or before, with its own first date still among its dates."""
    weeks = rule.pattern == Pattern.WEEKLY
    nth = weekday_of_month(rule.first.weekday(), (rule.first.day - 1) // 7 + 1)
    for number in count(0, rule.interval):
        first = rule.first - (relativedelta(weeks=number) if weeks else relativedelta(months=number))
        if rule.pattern == Pattern.MONTH_WEEKDAY:
            first += relativedelta(day=1, weekday=nth)
        earlier = replace(rule, first=first)
        # A month without a 31st or a fifth Tuesday would make another rule of it.
        if first <= start and earlier.words == rule.words:
            return earlier
    raise AssertionError("Every rule has earlier dates.")
