"""Series that end with their batch: what a batch's new last day does to their lessons to come.

Lessons after an earlier end are called off, and come back if the batch ends later after all. Those that have begun or
were marked stay.
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.formats import day as written
from apps.core.jobs import enqueue_after_commit
from apps.courses.models import Batch
from apps.scheduling import live, notices_series
from apps.scheduling.actions.claims import take, taken_by
from apps.scheduling.actions.series_rows import OFF, WRITTEN, called_off, give_up, remembered, restored
from apps.scheduling.models import Attendance, Booking, Series, SeriesChange


def follow_end(actor: User, batch: Batch, was: date | None) -> None:
    """A batch's end moved: call off the lessons of its series after it, or fill them up to it. The caller locked it."""
    if batch.end and (was is None or batch.end < was):
        _shorten(actor, batch, batch.end)
    else:
        enqueue_after_commit("scheduling.fill_batch", batch.pk)


def _shorten(actor: User, batch: Batch, end: date) -> None:
    slots = Series.objects.select_for_update(of=("self",)).filter(batch=batch).order_by("pk").in_bulk()
    marked = Attendance.objects.filter(booking=OuterRef("pk"))
    late = Booking.objects.filter(series__in=slots, day__gt=end, start__gt=timezone.now()).on()
    late = late.exclude(Exists(marked)).select_for_update(of=("self",)).order_by("series", "pk")
    why = f"{batch.name} ends on {written(end)}."[:300]
    for series_id, found in groupby(late, key=lambda row: row.series_id or 0):
        rows = list(found)
        before = [remembered(row) for row in rows]
        give_up(actor, [row.pk for row in rows])
        for row in rows:
            called_off(row, actor, why)
        Booking.objects.bulk_update(rows, OFF, batch_size=100)
        kind = SeriesChange.Kind.SHORTENED
        change = SeriesChange.objects.create(series=slots[series_id], kind=kind, by=actor, why=why, before=before)
        audit.record(actor, "series.shortened", change.series, lessons=len(rows), end=end.isoformat())
        notices_series.told(change, actor)
        live.lessons_changed(also=notices_series.people_of_change(change))


def resume(series: Series) -> int:
    """Have lessons take place again that were called off because the batch ended before them; returns how many.

    The caller has locked the series, its batch and its teacher. A lesson that was changed since stays as it is. Where
    its time was taken since, it stays called off, and its teacher is told.
    """
    shortened = list(series.changes.filter(kind=SeriesChange.Kind.SHORTENED).exclude(before=[]))
    end = series.batch.end if series.batch else None
    waiting = {was["id"]: was for change in shortened for was in change.before}
    due = {pk: was for pk, was in waiting.items() if end is None or was["day"] <= end.isoformat()}
    if not due:
        return 0
    rows = [row for row in _called_off(due) if _is_free(series, row)]
    Booking.objects.bulk_update(rows, WRITTEN, batch_size=50)
    take(*rows)
    for change in shortened:
        change.before = [was for was in change.before if was["id"] not in due]
        change.save(update_fields=["before"])
    if rows:
        change = SeriesChange.objects.create(series=series, kind=SeriesChange.Kind.RESUMED)
        audit.record(None, "series.resumed", series, lessons=len(rows))
        notices_series.told(change, None)
        live.lessons_changed(*rows[:1])
    return len(rows)


def _called_off(due: dict[int, dict[str, Any]]) -> Sequence[Booking]:
    """Those of these lessons that nobody has changed since, as they were."""
    rows = Booking.objects.select_for_update(of=("self",)).filter(pk__in=due, start__gt=timezone.now())
    found = rows.select_related("teacher", "room").order_by("pk")
    return [restored(row, due[row.pk]) for row in found if row.sequence == due[row.pk]["sequence"] and not row.is_on]


def _is_free(series: Series, row: Booking) -> bool:
    why = taken_by(row, row.span)
    if why:
        notices_series.clashed(series, row.day, why)
    return not why
