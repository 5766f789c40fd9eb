"""Who was there: marked one by one or all at once, and fixed once a lesson has begun."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices, policies
from apps.scheduling.models import Attendance, Attendee, Booking, Presence
from apps.scheduling.words import said
from apps.students.models import Student

# The most characters of a note.
MOST_NOTE = 300


@dataclass(frozen=True)
class Mark:
    """A student's attendance. `note=None` keeps the stored note."""

    state: str
    minutes_late: int | None = None
    note: str | None = None

    def check(self, booking: Booking) -> None:
        """Raise ValidationError by field if the mark doesn't fit the lesson."""
        if self.state and self.state not in Presence.values:
            raise ValidationError({"state": "Choose how they attended."}, code="unknown")
        if self.minutes_late is not None and self.state != Presence.LATE:
            raise ValidationError({"minutes_late": "Minutes are for those who were late."}, code="state")
        if self.minutes_late is not None and not 1 <= self.minutes_late <= booking.minutes:
            raise ValidationError({"minutes_late": f"Between 1 and {booking.minutes} minutes."}, code="range")
        if self.note and len(self.note) > MOST_NOTE:
            text = f"This is {len(self.note)} characters long; there is room for {MOST_NOTE}."
            raise ValidationError({"note": text}, code="long")

    @property
    def columns(self) -> dict[str, Any]:
        """Column values of the Attendance row."""
        own: dict[str, Any] = {"state": self.state, "minutes_late": self.minutes_late}
        return own if self.note is None else own | {"note": self.note}


def mark(
    actor: User,
    booking: Booking,
    student: Student,
    state: str,
    minutes_late: int | None = None,
    note: str | None = None,
) -> Attendance | None:
    """Mark how a student attended; an empty `state` takes the mark back, and no `note` leaves the one that is there.

    Raises PermissionDenied, ValidationError by field: before the lesson, or for somebody who doesn't take part.
    """
    given = Mark(state, minutes_late, note if note is None else said(note))
    given.check(booking)
    with transaction.atomic():
        booking = _to_mark(actor, booking)
        if not Attendee.objects.filter(booking=booking, student=student).exists():
            raise ValidationError({"state": f"{student.full_name} doesn't take part."}, code="stranger")
        if not state:
            _take_back(actor, booking, student)
            return None
        values = given.columns
        row, new = Attendance.objects.get_or_create(
            booking=booking, student=student, defaults={**values, "marked_by": actor}
        )
        if new or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.marked_by, row.marked_at = actor, timezone.now()
            row.save()
            audit.record(actor, "attendance.marked", booking, student=student.pk, state=state)
            notices.marked(row, actor)
            live.lessons_changed(booking)
    return row


def _take_back(actor: User, booking: Booking, student: Student) -> None:
    if Attendance.objects.filter(booking=booking, student=student).delete()[0]:
        audit.record(actor, "attendance.taken-back", booking, student=student.pk)
        notices.unmarked(booking, student)
        live.lessons_changed(booking)


def mark_rest(actor: User, booking: Booking, state: str = Presence.PRESENT) -> int:
    """Mark everyone who isn't marked yet; returns how many. Raises PermissionDenied, ValidationError."""
    if state not in Presence.values:
        raise ValidationError({"state": "Choose how they attended."}, code="unknown")
    with transaction.atomic():
        booking = _to_mark(actor, booking)
        marked = Attendance.objects.filter(booking=booking).values("student")
        rest = list(
            Attendee.objects.filter(booking=booking).exclude(student__in=marked).values_list("student", flat=True)
        )
        rows = [Attendance(booking=booking, student_id=pk, state=state, marked_by=actor) for pk in rest]
        Attendance.objects.bulk_create(rows)
        if rows:
            audit.record(actor, "attendance.marked", booking, count=len(rows), state=state)
            if state != Presence.PRESENT:
                for row in Attendance.objects.filter(booking=booking, student__in=rest).select_related("student"):
                    notices.marked(row, actor)
            live.lessons_changed(booking)
    return len(rows)


def _to_mark(actor: User, booking: Booking) -> Booking:
    """The lesson under its lock, its attendees fixed; PermissionDenied, or ValidationError before it begins."""
    booking = Booking.objects.select_for_update().get(pk=booking.pk)
    if not policies.may_run(actor, booking):
        raise PermissionDenied("You can't mark attendance in this lesson.")
    if not booking.is_on:
        raise ValidationError("This lesson was called off.", code="off")
    if not booking.begun:
        raise ValidationError("This lesson has not begun yet.", code="early")
    return roll(booking)


def roll(booking: Booking) -> Booking:
    """Fix who takes part in a lesson that has begun; the caller holds its lock."""
    if booking.rolled is None:
        students = list(booking.attendees().values_list("pk", flat=True))
        have = set(Attendee.objects.filter(booking=booking).values_list("student", flat=True))
        Attendee.objects.bulk_create(Attendee(booking=booking, student_id=pk) for pk in students if pk not in have)
        booking.rolled = timezone.now()
        booking.save(update_fields=["rolled"])
    return booking


def roll_begun() -> int:
    """Fix who takes part in all lessons that have begun since the last time; returns how many."""
    begun = (
        Booking.objects.filter(rolled=None, start__lte=timezone.now()).order_by("start").values_list("pk", flat=True)
    )
    count = 0
    for pk in begun[:1000]:
        with transaction.atomic():
            booking = Booking.objects.select_for_update().get(pk=pk)
            if booking.rolled is None:
                roll(booking)
                count += 1
    return count
