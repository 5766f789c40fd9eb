"""Series that end with their batch: what a batch's new last day does to their lessons to come.

Lessons after an earlier end are called off, and come back if the batch ends later after all. Those that have begun or
were marked stay.
"""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.core.formats import day as written
from apps.core.jobs import enqueue_after_commit
from apps.courses.models import Batch
from apps.scheduling import live, notices_series
from apps.scheduling.actions.claims import lock, lock_batch, take, taken_by
from apps.scheduling.actions.series_rows import OFF, WRITTEN, called_off, give_up, remembered, restored
from apps.scheduling.actions.series_waiting import Waiting, waits
from apps.scheduling.models import Attendance, Booking, Series, SeriesChange
from apps.scheduling.models.series import UNDO_WITHIN

SHORTENED, RESUMED = SeriesChange.Kind.SHORTENED, SeriesChange.Kind.RESUMED


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
    why, told = f"{batch.name} ends on {written(end)}."[:300], []
    for series_id, found in groupby(late, key=lambda row: row.series_id or 0):
        rows = list(found)
        before = [remembered(row) for row in rows]
        give_up(actor, [row.pk for row in rows])
        for row, was in zip(rows, before, strict=True):
            off = called_off(row, actor, why).called_off_at
            was["off"] = off.isoformat() if off else None
        Booking.objects.bulk_update(rows, OFF, batch_size=100)
        change = SeriesChange.objects.create(series=slots[series_id], kind=SHORTENED, by=actor, why=why, before=before)
        audit.record(actor, "series.shortened", change.series, lessons=len(rows), end=end.isoformat())
        told.append((change, rows))
    _tell(batch, told, actor)


def waiting_batches() -> QuerySet[Batch]:
    """Running batches with lessons that wait for a later end."""
    shortened = SeriesChange.objects.filter(kind=SHORTENED).exclude(before=[])
    goes_on = Q(end=None) | Q(end__gte=academy_today())
    return Batch.objects.filter(goes_on, pk__in=shortened.values("series__batch"))


@transaction.atomic
def resume(batch_id: int) -> int:
    """Restore lessons that were called off because their batch ended before them; returns how many.

    A lesson that was changed since is left alone. If its time has been taken since, it stays called off and its teacher
    is notified.
    """
    waiting = SeriesChange.objects.filter(series__batch=batch_id, kind=SHORTENED).exclude(before=[])
    all_of = [was for before in waiting.values_list("before", flat=True) for was in before]
    lock({was["teacher_id"] for was in all_of}, {was["room_id"] for was in all_of})
    batch = lock_batch(Batch.objects.filter(pk=batch_id).first())
    if batch is None:
        return 0
    slots = Series.objects.select_for_update(of=("self",)).filter(pk__in=waiting.values("series"))
    told = []
    for series in slots.filter(teacher__is_active=True).order_by("pk"):
        if rows := _resume(series, batch.end):
            change = SeriesChange.objects.create(series=series, kind=RESUMED)
            audit.record(None, "series.resumed", series, lessons=len(rows))
            told.append((change, rows))
    _tell(batch, told, None)
    return sum(len(rows) for _, rows in told)


def _resume(series: Series, end: date | None) -> list[Booking]:
    """Restore the due lessons of a series; returns them."""
    shortened = list(series.changes.filter(kind=SHORTENED).exclude(before=[]))
    waiting = {was["id"]: was for change in shortened for was in change.before}
    kept = _that_may_wait(series, waiting)
    due = {pk: was for pk, was in waiting.items() if pk in kept and _is_due(series, was, end)}
    rows = []
    for row in _called_off(series, due):
        # Each claims its time before the next is checked, because two may now fall on the same time.
        if _is_free(series, row):
            take(row)
            rows.append(row)
    Booking.objects.bulk_update(rows, WRITTEN, batch_size=50)
    for change in shortened:
        left = [was for was in change.before if was["id"] in kept and was["id"] not in due]
        if left != change.before:
            change.before = left
            change.save(update_fields=["before"])
    return rows


def _that_may_wait(series: Series, waiting: Iterable[int]) -> set[int]:
    """Ids of lessons that may still be restored: neither past nor taken over for good by another series."""
    rows = Booking.objects.filter(pk__in=waiting, start__gt=timezone.now())
    undoable = timezone.now() - UNDO_WITHIN
    taken_over = SeriesChange.objects.filter(kind=SeriesChange.Kind.CHANGED, series__continues=series)
    if not taken_over.filter(at__gt=undoable).exists():
        rows = rows.filter(series=series)
    return set(rows.values_list("pk", flat=True))


def _is_due(series: Series, was: Waiting, end: date | None) -> bool:
    """Is the lesson before the end of the batch and of its series?"""
    over = series.ended_from and was["series_day"] >= series.ended_from.isoformat()
    return not over and (end is None or was["day"] <= end.isoformat())


def _called_off(series: Series, due: dict[int, Waiting]) -> list[Booking]:
    """Those of these lessons that nobody has changed since, as they were."""
    rows = Booking.objects.select_for_update(of=("self",)).filter(pk__in=due, series=series, start__gt=timezone.now())
    found = rows.select_related("teacher", "room").order_by("pk")
    return [restored(row, due[row.pk]) for row in found if waits(row, due[row.pk])]


def _is_free(series: Series, row: Booking) -> bool:
    why = taken_by(row, row.span)
    if row.teacher and not row.teacher.is_active:
        why = f"{row.teacher.full_name} can't sign in any more."
    if why:
        notices_series.clashed(series, row.day, why)
    return not why


def _tell(batch: Batch, told: list[tuple[SeriesChange, list[Booking]]], actor: User | None) -> None:
    """Send one notification for all series that a change of the batch's end affected."""
    changes = [change for change, _ in told]
    if len(told) > 1:
        lessons = {str(change.pk): len(rows) for change, rows in told}
        first = min(row.day for _, rows in told for row in rows)
        live.lessons_changed(also=notices_series.told_of_batch(batch, changes, lessons, first, actor))
    elif told:
        live.lessons_changed(also=notices_series.told(changes[0], actor))
