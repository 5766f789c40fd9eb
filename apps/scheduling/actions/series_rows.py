"""The lessons of a series under their locks, and what each was before an act on it, for its undoing."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.scheduling import policies
from apps.scheduling.actions.claims import lock, lock_batch
from apps.scheduling.actions.superseded import end_proposals
from apps.scheduling.models import Booking, BookingState, Claim, RequestState, Room, Series
from apps.scheduling.models.bookings import NEVER_REMINDED
from apps.students.models import Student

# What an act on a series may change of a lesson.
KEPT = ("day", "at", "zone", "minutes", "subject", "teacher_id", "room_id", "place", "series_id", "series_day")
STATE = ("state", "called_off_at", "called_off_by_id", "reason")
# What is written of a lesson that is called off, and of one that is changed or restored.
OFF = ["state", "called_off_at", "called_off_by", "reason", "sequence", "updated"]
WRITTEN = [*KEPT, *STATE, "start", "end", "zone_release", "sequence", "updated", "timed_at", "reminded"]
WRITTEN = [name.removesuffix("_id") for name in WRITTEN]


def locked_lessons(
    actor: User,
    series: Series,
    start: date,
    teacher: User | None = None,
    room: Room | None = None,
    students: Iterable[Student] = (),
) -> tuple[Series, list[Booking]]:
    """A series and its lessons from a date on that have not begun, called off ones too, all under their locks.

    `teacher` and `room` are who and what it will take, `students` who will take part. Raises PermissionDenied,
    ValidationError where it is over.
    """
    rows = Booking.objects.filter(series=series, series_day__gte=start)
    teachers, rooms = {series.teacher_id, teacher.pk if teacher else None}, {series.room_id, room.pk if room else None}
    for teacher_id, room_id in rows.order_by().values_list("teacher", "room").distinct():
        teachers.add(teacher_id)
        rooms.add(room_id)
    lock(teachers, rooms, students)
    lock_batch(series.batch)
    found = Series.objects.select_for_update(of=("self",)).select_related("teacher", "batch__course", "room")
    series = found.get(pk=series.pk)
    if not policies.may_change_series(actor, series):
        raise PermissionDenied("You can't change this series.")
    if series.ended_from and series.ended_from <= start:
        raise ValidationError("This series has ended, or a changed one continues from that day on.", code="over")
    own = rows.filter(start__gt=timezone.now()).select_for_update(of=("self",)).order_by("pk")
    return series, sorted(own.select_related("teacher", "room", "batch"), key=lambda row: row.start)


def is_exception(series: Series, row: Booking) -> bool:
    """Was this lesson changed individually: called off, moved, or given another teacher, room or subject?"""
    own = (row.series_day, series.at, series.zone, series.minutes, series.teacher_id, series.room_id)
    now = (row.day, row.at, row.zone, row.minutes, row.teacher_id, row.room_id)
    return not row.is_on or own != now or row.subject != series.subject


def give_up(actor: User, rows: Iterable[int]) -> None:
    """Give up what these lessons take; other times that were proposed for them are proposed no longer."""
    ids = list(rows)
    for booking in Booking.objects.filter(pk__in=ids, proposals__state=RequestState.OPEN):
        end_proposals(actor, booking)
    Claim.objects.filter(Q(booking__in=ids) | Q(proposal__booking__in=ids)).delete()


def remembered(row: Booking) -> dict[str, Any]:
    """What a lesson is now, with what its SEQUENCE will be once it is changed."""
    return {"id": row.pk, "sequence": row.sequence + 1, **plain(row, (*KEPT, *STATE))}


def plain(row: Booking, names: Iterable[str]) -> dict[str, Any]:
    """These columns of a lesson as JSON values."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def restored(row: Booking, was: dict[str, Any]) -> Booking:
    """Give a lesson back what it was; its SEQUENCE goes on rising."""
    for name in (*KEPT, *STATE):
        value = was[name]
        column = Booking._meta.get_field(name)
        if value is not None and isinstance(column, Field) and not column.is_relation:
            value = column.to_python(value)
        setattr(row, name, value)
    row.derive()
    return changed(row)


def called_off(row: Booking, actor: User | None, why: str) -> Booking:
    """Call it off, not saved."""
    row.state, row.called_off_at, row.called_off_by, row.reason = BookingState.CALLED_OFF, timezone.now(), actor, why
    return changed(row, timed=False)


def changed(row: Booking, timed: bool = True) -> Booking:
    """Count a change, not saved: SEQUENCE rises, and with another time reminders begin anew."""
    now: datetime = timezone.now()
    row.sequence, row.updated = row.sequence + 1, now
    if timed:
        row.timed_at, row.reminded = now, NEVER_REMINDED
    return row
