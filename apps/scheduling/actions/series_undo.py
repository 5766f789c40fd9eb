"""An act on a series is undone as a whole for ten minutes: all its lessons are what they were, or nothing changes."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices_series, policies
from apps.scheduling.actions.claims import lock, lock_batch, take
from apps.scheduling.actions.reopening import reopen
from apps.scheduling.actions.series_rows import WRITTEN, give_up, restored
from apps.scheduling.actions.series_students import set_students
from apps.scheduling.models import Booking, BookingMove, LessonRequest, Proposal, Series, SeriesChange


def undo_series(actor: User, change: SeriesChange) -> Series | None:
    """Undo what was done to a series; returns the one that stands again, None where it had just been started.

    What was told of it is taken back. Raises PermissionDenied; ValidationError once ten minutes have passed, or a
    lesson has begun or changed since; Clash where a time was taken since.
    """
    with transaction.atomic():
        _lock(change)
        found = SeriesChange.objects.select_for_update(of=("self",)).select_related("series__continues")
        now = found.filter(pk=change.pk).first()
        if now is None or not now.is_undoable:
            raise ValidationError("This can't be undone any more.", code="late")
        change = now
        if not policies.may_undo(actor, change):
            raise PermissionDenied("You can't undo this.")
        series = change.series
        rows, made = _untouched(change), list(Booking.objects.filter(pk__in=change.made))
        live.lessons_changed(*[*rows, *made][:1], also=notices_series.people_of_change(change))
        give_up(actor, [row.pk for row in [*rows, *made]])
        Booking.objects.bulk_update(rows, WRITTEN, batch_size=50)
        set_students({was["id"]: was["students"] for was in change.before if "students" in was})
        BookingMove.objects.filter(pk__in=change.moves).delete()
        for asked in LessonRequest.objects.filter(booking__in=made).select_related("student"):
            reopen(asked, actor)
        Booking.objects.filter(pk__in=change.made).delete()
        take(*[row for row in rows if row.is_on])
        audit.record(actor, "series.undone", series, kind=change.kind, lessons=len(rows) + len(made))
        notices_series.taken_back(change)
        return _series_before(change, series)


def _lock(change: SeriesChange) -> None:
    """Lock everyone and everything whose time this touches, now or before."""
    now = Booking.objects.filter(pk__in=[*change.made, *(was["id"] for was in change.before)])
    pairs = list(now.order_by().values_list("teacher", "room").distinct())
    pairs += [(was["teacher_id"], was["room_id"]) for was in change.before]
    lock({teacher for teacher, _ in pairs}, {room for _, room in pairs})
    lock_batch(change.series.batch)


def _untouched(change: SeriesChange) -> list[Booking]:
    """The lessons that it changed, under their locks, as they were; ValidationError where one was touched since."""
    was = {each["id"]: each for each in change.before}
    rows = list(Booking.objects.select_for_update(of=("self",)).filter(pk__in=[*was, *change.made]).order_by("pk"))
    now, touched = timezone.now(), []
    for row in rows:
        expected = was[row.pk]["sequence"] if row.pk in was else 0
        begun = row.start <= now if row.is_on else False
        touched += [row] if row.sequence != expected or begun else []
    proposed = Proposal.objects.open().filter(booking__in=[row.pk for row in rows]).exists()
    # A new series can only be removed if no lessons were added to it, as when its batch's end moved.
    added = Booking.objects.filter(series=change.series).exclude(pk__in=[*was, *change.made])
    grown = change.kind != SeriesChange.Kind.ENDED and added.exists()
    if grown:
        raise ValidationError("Lessons were added since: undo is over.", code="touched")
    if touched or proposed or len(rows) != len(was) + len(change.made):
        raise ValidationError("One of these lessons has begun or was changed since: undo is over.", code="touched")
    back = [restored(row, was[row.pk]) for row in rows if row.pk in was]
    if any(row.start <= now and row.is_on for row in back):
        raise ValidationError("One of these lessons would have begun by now: undo is over.", code="touched")
    batch = change.series.batch
    if batch and batch.end and any(row.is_on and row.day > batch.end for row in back):
        raise ValidationError(f"{batch.name} ends before some of these lessons: undo is over.", code="touched")
    return back


def _series_before(change: SeriesChange, series: Series) -> Series | None:
    """Give the series back what it was: one that a change made goes, and the one before it goes on."""
    now = timezone.now()
    if change.kind == SeriesChange.Kind.ENDED:
        Series.objects.filter(pk=series.pk).update(ended_from=change.ended_before, updated=now)
        change.delete()
        return series
    old = series.continues
    if old:
        Series.objects.filter(pk=old.pk).update(ended_from=change.ended_before, updated=now)
    series.delete()
    return old
