"""Series that go on are filled a year ahead, night by night. What clashes then is told, never left out in silence."""

import logging
from collections.abc import Callable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts import audit
from apps.scheduling import live, notices_series
from apps.scheduling.actions.claims import lock, lock_batch, take
from apps.scheduling.actions.series import add_lessons, skip_days
from apps.scheduling.actions.series_batches import resume, waiting_batches
from apps.scheduling.actions.series_clashes import mark_clashes
from apps.scheduling.actions.series_dates import planned_for, who_comes
from apps.scheduling.actions.series_plan import NewSeries, Plan
from apps.scheduling.models import Booking, Series, SkippedDay
from apps.scheduling.recurrence import AHEAD
from apps.scheduling.wall_time import local_day
from apps.students.models import Status

log = logging.getLogger(__name__)


def fill_series(today: date | None = None, batch: int | None = None) -> int:
    """Fill every series, or those of a batch, up to a year from now; run twice, it makes nothing twice.

    Those with an end have all their lessons, unless their batch ended before it and ends later now.
    Lessons that only an earlier end of their batch called off take place again. Returns how many lessons.
    """
    last = (today or timezone.now().date()) + AHEAD
    going_on = Series.objects.filter(ended_from=None, teacher__is_active=True)
    if batch:
        going_on = going_on.filter(batch=batch)
    ended = Q(batch__end__isnull=False, filled_until__gte=F("batch__end"))
    is_open, is_batchs = Q(until=None, count=None), Q(batch__isnull=False, filled_until__isnull=False)
    complete = Q(until__isnull=False, filled_until__gte=F("until"))
    to_fill = (is_open | is_batchs) & (Q(filled_until=None) | Q(filled_until__lt=last)) & ~ended & ~complete
    waiting = waiting_batches().filter(pk=batch) if batch else waiting_batches()
    resumed = sum(_tried("batch", pk, resume) for pk in list(waiting.values_list("pk", flat=True)))
    behind = list(going_on.filter(to_fill).order_by("pk").values_list("pk", flat=True))
    return resumed + sum(_tried("series", pk, lambda pk: _fill(pk, last)) for pk in behind)


def _tried(kind: str, pk: int, fill: Callable[[int], int]) -> int:
    """One that can't be filled tonight keeps no other from it."""
    try:
        return fill(pk)
    except ValidationError:
        log.exception("The lessons of %s %s can't be filled in", kind, pk)
        return 0


@transaction.atomic
def _fill(pk: int, ahead: date) -> int:
    seen = Series.objects.filter(pk=pk).first()
    if seen is None:
        return 0
    lock([seen.teacher_id], [seen.room_id])
    lock_batch(seen.batch)
    rows = Series.objects.select_for_update(of=("self",)).select_related("teacher", "room", "batch__course")
    series = rows.filter(pk=pk).first()
    if series is None or series.ended_from or series.teacher is None or series.teacher_id != seen.teacher_id:
        return 0
    if not series.rule.is_open and not (series.batch and series.filled_until):
        return 0
    last = series.last_day(ahead)
    start = series.filled_until + timedelta(days=1) if series.filled_until else series.first
    start = max(start, series.first, local_day(timezone.now(), series.zone))
    there = set(SkippedDay.objects.filter(series=series, day__gte=start).values_list("day", flat=True))
    lessons = Booking.objects.filter(series=series, series_day__gte=start).values_list("series_day", flat=True)
    there |= {day for day in lessons if day}
    days = [day for day in series.rule.dates_between(start, last) if day not in there]
    made = _make(series, days) if days else 0
    Series.objects.filter(pk=pk).update(filled_until=max(last, series.filled_until or last))
    return made


def _make(series: Series, days: list[date]) -> int:
    """Make the lessons of these dates; one whose teacher or room is taken is skipped, and told."""
    assert series.teacher
    students = tuple(series.students.exclude(status=Status.LEFT))
    if not students and series.batch is None:
        return 0
    names = ("subject", "teacher", "rule", "at", "zone", "minutes", "batch", "room", "place")
    wanted = NewSeries(**{name: getattr(series, name) for name in names}, students=students)
    plan = Plan([planned_for(wanted, day) for day in days])
    plan.students = who_comes(wanted, plan.dates[0].row)
    mark_clashes(plan)
    for each in plan.stopped:
        each.skip = True
        skip_days(series, [each.day], each.taken)
        notices_series.clashed(series, each.day, each.taken)
    for each in plan.busy:
        notices_series.clashed(series, each.day, each.busy)
    rows = add_lessons(series, plan.rows, wanted, None)
    take(*rows)
    if rows:
        audit.record(None, "series.filled", series, lessons=len(rows))
        live.lessons_changed(rows[0])
    return len(rows)
