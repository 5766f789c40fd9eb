"""Waiting lessons: called off by an earlier end of their batch, restored by a later one.

They are stored in the SHORTENED changes of their series. If the series changes meanwhile, they move to the new one,
which restores them by its own rule. Changes to individual lessons are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from typing import Any

from apps.scheduling.actions.series_dates import planned_for
from apps.scheduling.actions.series_plan import NewSeries, Plan, Planned
from apps.scheduling.actions.series_rows import KEPT, is_exception, plain, restored
from apps.scheduling.models import Booking, Series, SeriesChange

# A lesson's columns before it was called off, and when that was (`off`).
type Waiting = dict[str, Any]
# Pairs dates of an old rule with those of a new one.
type Matching = Callable[[Sequence[date], Sequence[date], str], Mapping[date, date]]
# How far past the last waiting lesson to search the new rule for dates.
NEAR = timedelta(days=31)


def waits(row: Booking, was: Waiting) -> bool:
    """Is the lesson still called off by the batch's end, and not individually since?"""
    if row.is_on or row.called_off_at is None:
        return False
    # Older changes have no `off`, only the SEQUENCE.
    same = row.called_off_at.isoformat() == was["off"] if "off" in was else row.sequence == was["sequence"]
    return bool(same)


def waiting_in(series: Series) -> dict[int, Waiting]:
    """Waiting lessons of a series by id, as they were."""
    if series.batch_id is None:
        return {}
    shortened = series.changes.filter(kind=SeriesChange.Kind.SHORTENED).order_by("pk")
    return {was["id"]: was for before in shortened.values_list("before", flat=True) for was in before}


def as_it_was(row: Booking, waiting: Mapping[int, Waiting]) -> Booking:
    """An unsaved copy of a waiting lesson as it was; any other lesson unchanged."""
    was = waiting.get(row.pk)
    return restored(copy(row), was) if was and waits(row, was) else row


def after_the_end(
    wanted: NewSeries, left: Mapping[date, Booking | None], matched: Matching, ends: date | None
) -> list[Planned]:
    """Dates of a new rule after the batch's end whose place is occupied.

    `left` maps dates of the old rule to a waiting or called-off lesson, or to None for a skipped date.
    """
    off = sorted(day for day, row in left.items() if row is None or not row.is_on)
    if ends is None or not off:
        return []
    days = wanted.rule.dates_between(ends + timedelta(days=1), max(off) + NEAR)
    found = []
    for day, was in sorted(matched(off, days, wanted.rule.pattern).items()):
        each = planned_for(wanted, day)
        each.old, each.was, each.kept = left[was], was, True
        found.append(each)
    return found


def carry_waiting(series: Series, new: Series, plan: Plan) -> None:
    """Move the waiting lessons that the new series took over into a SHORTENED change of its own."""
    found = []
    for each in (*plan.dates, *plan.beyond):
        if each.kept and each.old and (was := plan.waiting.get(each.old.pk)) and waits(each.old, was):
            values = {"series_id": new.pk, "series_day": each.day.isoformat()}
            if not is_exception(series, restored(copy(each.old), was)):
                values = plain(each.row, KEPT) | values
            found.append(was | values)
    if found:
        SeriesChange.objects.create(series=new, kind=SeriesChange.Kind.SHORTENED, before=found)
