"""Actions on single lessons: book, move, call off. Each takes its time in the same transaction, or does nothing."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.courses.models import Batch, Course
from apps.scheduling import live, notices, policies
from apps.scheduling.actions.claims import Clash, busy_students, free, lock, lock_batch, nearest_free, take
from apps.scheduling.actions.superseded import end_proposals
from apps.scheduling.models import Attendee, Booking, BookingMove, BookingState, Room
from apps.scheduling.models.bookings import NEVER_REMINDED
from apps.scheduling.models.times import TIME_FIELDS
from apps.scheduling.words import said
from apps.students.models import Status, Student

NOT_YOURS = "You can't change this lesson."
BEGUN = "This lesson has begun: it stays as it is."


@dataclass(frozen=True)
class Lesson:
    """A lesson to be: what and who, and when on whose clock. Either for `students` or for a `batch`."""

    subject: str
    teacher: User
    day: date
    at: time
    zone: str
    minutes: int
    students: tuple[Student, ...] = ()
    batch: Batch | None = None
    course: Course | None = None
    room: Room | None = None
    place: str = ""
    client_key: uuid.UUID | None = None


def book(actor: User, lesson: Lesson, anyway: bool = False) -> Booking:
    """Put a lesson into the calendar; the same `client_key` twice is one lesson.

    Raises PermissionDenied, ValidationError by field, Clash. `anyway` books although a student has another lesson then.
    """
    if not policies.may_book(actor):
        raise PermissionDenied("Only staff put lessons into the calendar. Send a request instead.")
    with transaction.atomic():
        lock([lesson.teacher.pk], [lesson.room.pk if lesson.room else None], lesson.students)
        if made := _made_before(actor, lesson):
            return made
        booking = create(actor, replace(lesson, batch=lock_batch(lesson.batch)), anyway)
        notices.booked(booking, actor)
        live.lessons_changed(booking)
    return booking


def create(actor: User, lesson: Lesson, anyway: bool) -> Booking:
    """The lesson's rows and its time, with an audit entry; the caller holds the lock on its teacher and room."""
    booking = Booking(
        **{name: getattr(lesson, name) for name in ("subject", "teacher", "batch", "room", "place", "client_key")},
        course=lesson.course or (lesson.batch.course if lesson.batch else None),
        made_by=actor,
    ).timed(lesson.day, lesson.at, lesson.zone, lesson.minutes)
    students = list(lesson.students or booking.attendees())
    _check(booking, students, anyway)
    booking.save()
    Attendee.objects.bulk_create(Attendee(booking=booking, student=student) for student in lesson.students)
    take(booking, students=[student.pk for student in students])
    audit.record(actor, "lesson.booked", booking, **_detail(booking))
    return booking


def _made_before(actor: User, lesson: Lesson) -> Booking | None:
    if lesson.client_key is None:
        return None
    return Booking.objects.filter(made_by=actor, client_key=lesson.client_key).first()


def _check(booking: Booking, students: list[Student], anyway: bool) -> None:
    """Say at the field what can't be; the caller holds the locks."""
    check_place(booking, len(students))
    if not students and booking.batch is None:
        raise ValidationError({"students": "Choose at least one student, or a batch."})
    for student in students:
        if student.status == Status.LEFT:
            raise ValidationError({"students": f"{student.full_name} has left the academy."})
    if not anyway:
        refuse_busy(booking, students)


def check_place(booking: Booking, count: int) -> None:
    """Refuse a time that has passed or lies after the batch's end, a teacher who has left, a room that won't do."""
    if booking.start <= timezone.now():
        raise ValidationError({"at": "This time has passed. Choose one to come."})
    if booking.teacher is None or not booking.teacher.is_active:
        raise ValidationError({"teacher": "This teacher can't sign in any more. Choose another."})
    batch = booking.batch
    if batch and batch.end and batch.end < booking.day:
        raise ValidationError({"day": f"{batch.name} ends before that day."})
    check_room(booking.room, count)


def check_room(room: Room | None, count: int) -> None:
    """Refuse a room that is closed or too small; ValidationError at `room` names the smallest that would do."""
    if room is None:
        return
    if not room.is_open:
        raise ValidationError({"room": f"{room.name} isn't in use. Choose another room."})
    if room.seats and room.seats < count:
        other = Room.objects.open().filter(seats__gte=count).order_by("seats", "name").first()
        more = f" {other.name} has {other.seats}." if other else ""
        raise ValidationError({"room": f"{room.name} has {room.seats_in_words} for {count} students.{more}"})


def refuse_busy(booking: Booking, students: list[Student]) -> None:
    """Raise Clash where one of its students takes part in another lesson at this time."""
    if busy := busy_students(booking, students, booking.span):
        names = ", ".join(student.short_name for student in busy[:5])
        message = f"{names} {'have' if len(busy) > 1 else 'has'} another lesson at this time."
        nearest = nearest_free(booking, booking.span, [student.pk for student in students])
        raise Clash(message, nearest, code="student")


def move(
    actor: User,
    booking: Booking,
    day: date,
    at: time,
    zone: str,
    minutes: int,
    room: Room | None = None,
    why: str = "",
    anyway: bool = False,
) -> Booking:
    """Move a lesson that has not begun, at once; raises PermissionDenied, ValidationError by field, Clash.

    A lesson for one student is moved by agreement (proposals), unless staff move it.
    """
    with transaction.atomic():
        lock([booking.teacher_id], [booking.room_id, room.pk if room else None])
        lock_batch(booking.batch)
        booking = locked(booking)
        if not policies.may_move(actor, booking):
            raise PermissionDenied(NOT_YOURS)
        before = (booking.start, booking.minutes, booking.room)
        booking.room = room
        relocate(actor, booking.timed(day, at, zone, minutes), before, why, anyway)
    return booking


def relocate(
    actor: User,
    booking: Booking,
    before: tuple[datetime, int, Room | None],
    why: str,
    anyway: bool,
    proposed_by: User | None = None,
) -> None:
    """Save a lesson at its new time and room, take these and give up the old ones; the caller holds the locks.

    What was proposed for it ends. `proposed_by` is whose proposal the actor accepted.
    """
    if (booking.start, booking.minutes, booking.room) == before:
        raise ValidationError({"at": "It is at this time already."}, code="same")
    students = list(booking.attendees())
    check_place(booking, len(students))
    if not anyway:
        refuse_busy(booking, students)
    end_proposals(actor, booking)
    free(booking)
    take(booking, students=[student.pk for student in students])
    save_move(actor, booking, before, why, proposed_by)


def save_move(
    actor: User | None,
    booking: Booking,
    before: tuple[datetime, int, Room | None],
    why: str,
    proposed_by: User | None = None,
) -> None:
    """Save a lesson that has taken its new time, and tell of it; without an actor the clocks' rules moved it."""
    booking.timed_at, booking.reminded, booking.sequence = timezone.now(), NEVER_REMINDED, F("sequence") + 1
    booking.save(update_fields=[*TIME_FIELDS, "room", "timed_at", "reminded", "sequence", "updated"])
    booking.refresh_from_db(fields=["sequence"])
    was_start, was_minutes, was_room = before
    moved = BookingMove.objects.create(
        booking=booking,
        was_start=was_start,
        was_minutes=was_minutes,
        was_room=was_room,
        to_start=booking.start,
        to_minutes=booking.minutes,
        to_room=booking.room,
        by=proposed_by or actor,
        agreed_by=actor if proposed_by else None,
        why=why,
    )
    audit.record(actor, "lesson.moved", booking, was=was_start.isoformat(), **_detail(booking))
    notices.moved(moved, actor)
    live.lessons_changed(booking)


def call_off(actor: User, booking: Booking, reason: str) -> Booking:
    """Call a lesson off that has not begun; those who take part learn why.

    Raises PermissionDenied, ValidationError at `reason`.
    """
    reason = said(reason)
    if not reason:
        raise ValidationError({"reason": "Say why: the others are told."}, code="required")
    with transaction.atomic():
        lock([booking.teacher_id], [booking.room_id])
        booking = locked(booking)
        if not policies.may_call_off(actor, booking):
            raise PermissionDenied(NOT_YOURS)
        values = {"state": BookingState.CALLED_OFF, "called_off_at": timezone.now(), "called_off_by": actor}
        rows = Booking.objects.filter(pk=booking.pk, state=BookingState.ON, start__gt=timezone.now())
        if not rows.update(**values, reason=reason[:300], sequence=F("sequence") + 1, updated=timezone.now()):
            raise ValidationError(BEGUN, code="begun")
        end_proposals(actor, booking)
        free(booking)
        booking.refresh_from_db()
        audit.record(actor, "lesson.called-off", booking)
        notices.called_off(booking, actor)
        live.lessons_changed(booking)
    return booking


def locked(booking: Booking) -> Booking:
    """The lesson as it is now, under its row's lock; ValidationError if it has begun or was called off."""
    rows = Booking.objects.select_for_update(of=("self",)).select_related("teacher", "room", "batch", "course")
    found = rows.get(pk=booking.pk)
    if found.begun:
        raise ValidationError(BEGUN, code="begun")
    if not found.is_on:
        raise ValidationError("This lesson was called off meanwhile.", code="off")
    return found


def _detail(booking: Booking) -> dict[str, object]:
    return {"teacher": booking.teacher_id, "room": booking.room_id, "start": booking.start.isoformat()}
