"""The demo's lessons: each batch on the days in its name, a few for one student alone; most past ones are marked."""

import random
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from apps.courses.models import Batch, Enrollment
from apps.scheduling.models import (
    Attendance,
    Attendee,
    Booking,
    BookingMove,
    BookingState,
    Claim,
    LessonRequest,
    OwnEvent,
    Presence,
    Proposal,
    ProposedTime,
    RequestTime,
    Room,
    Series,
    Side,
    expiry,
)
from apps.scheduling.recurrence import Pattern
from apps.students.models import Student

ROOMS = (("Room 1", 24), ("Room 2", 16), ("Studio", 8), ("Library table", 4))
WEEKS = range(-4, 5)
# The days of a batch as its name has them ("Maths 8 · Mon/Wed"), and when it may meet: a teacher's next free time.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
SATURDAY, MORNING = 5, (time(10), time(11, 45))
AFTERNOON = (time(16), time(17, 30), time(15))
# How it usually is, of ten students.
USUAL = [Presence.PRESENT] * 7 + [Presence.LATE, Presence.ABSENT, Presence.EXCUSED]
UNMARKED = timedelta(hours=30)
# A teacher's id, a weekday, a time.
Slot = tuple[int | None, int, time]


def add_lessons(now: datetime, chance: random.Random) -> None:
    """Make the rooms and the lessons around today; nobody and nothing is in two places at once."""
    rooms = Room.objects.bulk_create(Room(name=name, seats=seats) for name, seats in ROOMS)
    zone, today = timezone.get_default_timezone_name(), timezone.localdate(now)
    monday = today - timedelta(days=today.weekday())
    taken: set[Slot] = set()
    bookings = []
    for number, batch in enumerate(Batch.objects.order_by("pk").select_related("course")):
        days = [day for day, name in enumerate(WEEKDAYS) if name in batch.name.partition("·")[2]]
        times = MORNING if SATURDAY in days else AFTERNOON
        free = (each for each in times if not taken & _slots(batch, days, each))
        if not days or (at := next(free, None)) is None:
            continue
        taken |= _slots(batch, days, at)
        room = rooms[number % 2] if number < 2 else None
        bookings += _weekly(batch, days, at, room, monday, zone)
    for row in bookings:
        row.timed_at, row.reminded = min(now, row.start) - timedelta(days=30), 0
    Booking.objects.bulk_create(bookings)
    _claim(bookings)
    _single(now, zone, today, rooms[3])
    _proposed(now, zone)
    _asked(now, zone, today)
    _own_events(zone, today)
    _mark(now, chance)


def _weekly(batch: Batch, days: list[int], at: time, room: Room | None, monday: date, zone: str) -> list[Booking]:
    """A slot of a batch's timetable with its lessons, which aren't saved yet."""
    weekdays = "".join(str(day) for day in days)
    first = max(batch.start, monday + timedelta(weeks=WEEKS.start))
    series = Series(subject=batch.course.title, teacher=batch.teacher, batch=batch, room=room, weekdays=weekdays)
    series.first, series.at, series.zone, series.minutes = first, at, zone, 60
    series.filled_until = series.last_day(monday + timedelta(weeks=WEEKS.stop) - timedelta(days=1))
    if series.filled_until < first:
        return []
    series.save()
    rows = []
    for day in series.rule.dates_between(first, series.filled_until):
        row = Booking(subject=series.subject, teacher=batch.teacher, batch=batch, course=batch.course, room=room)
        row.series, row.series_day = series, day
        rows.append(row.timed(day, series.at, zone, series.minutes))
    return rows


def _slots(batch: Batch, days: list[int], at: time) -> set[Slot]:
    return {(batch.teacher_id, day, at) for day in days}


def _claim(bookings: list[Booking]) -> None:
    Claim.objects.bulk_create(
        Claim(resource=resource, start=row.start, end=row.end, booking=row)
        for row in bookings
        for resource in row.resources()
    )


def _single(now: datetime, zone: str, today: date, room: Room) -> None:
    """Lessons for the demo's student alone: one that was moved, one to come, one that was called off."""
    student = Student.objects.exclude(user=None).order_by("pk").first()
    enrollment = Enrollment.objects.filter(student=student).select_related("batch__teacher", "course").first()
    if not student or not enrollment or not enrollment.batch or not enrollment.batch.teacher:
        return
    teacher = enrollment.batch.teacher
    for days, state in ((-6, BookingState.ON), (1, BookingState.ON), (9, BookingState.CALLED_OFF)):
        day = today + timedelta(days=days)
        row = Booking(subject="One hour for questions", teacher=teacher, course=enrollment.course, room=room)
        row.timed(day, time(11), zone, 45).timed_at = now - timedelta(days=20)
        row.reminded = 0
        if state == BookingState.CALLED_OFF:
            row.state, row.reason, row.called_off_by = state, "I'm at a conference that day.", teacher
            row.called_off_at = now - timedelta(days=1)
        row.save()
        Attendee.objects.create(booking=row, student=student)
        if row.is_on:
            _claim([row])
        if days == 1:
            was = row.start - timedelta(hours=2)
            BookingMove.objects.create(
                booking=row, was_start=was, was_minutes=45, to_start=row.start, by=teacher, why="The bus is late."
            )


def _proposed(now: datetime, zone: str) -> None:
    """The teacher proposes two other times for the lesson to come; they are held for the student's answer."""
    row = Booking.objects.on().filter(start__gt=now, batch=None).select_related("teacher").order_by("start").first()
    if row is None:
        return
    why = "The school trip is on that day."
    proposal = Proposal(booking=row, by=row.teacher, turn=Side.STUDENT, why=why, expires=row.start)
    proposal.save()
    for days in (1, 2):
        each = ProposedTime(proposal=proposal).timed(row.day + timedelta(days=days), time(12, 15), zone, row.minutes)
        each.save()
        Claim.objects.bulk_create(
            Claim(resource=resource, start=each.start, end=each.end, proposal=proposal) for resource in row.resources()
        )


def _asked(now: datetime, zone: str, today: date) -> None:
    """The demo's student asks their teacher for an hour next week."""
    student = Student.objects.exclude(user=None).order_by("pk").first()
    row = Booking.objects.on().filter(students=student, batch=None).exclude(teacher=None).first()
    if student is None or row is None:
        return
    wish = RequestTime().timed(today + timedelta(days=7), time(14, 15), zone, 45)
    expires = expiry(wish.start, now)
    request = LessonRequest(student=student, teacher=row.teacher, course=row.course, subject="Before the test")
    request.note, request.minutes, request.first = "Could we go through the exercises once more?", 45, wish.day
    request.turn, request.asked_by, request.expires = Side.TEACHER, student.user, expires
    request.remind_at = now + (expires - now) / 2
    request.save()
    wish.request = request
    wish.save()


def _own_events(zone: str, today: date) -> None:
    """A run each week and two days off for the demo's student, and a staff meeting for their teacher."""
    student = Student.objects.exclude(user=None).order_by("pk").first()
    monday = today - timedelta(days=today.weekday())
    if student is None or student.user is None:
        return
    times = {"zone": zone, "minutes": 60, "repeats": True, "pattern": Pattern.WEEKLY}
    tuesday = monday + timedelta(days=1)
    OwnEvent.objects.create(owner=student.user, title="Running", first=tuesday, at=time(8), weekdays="1", **times)
    off = monday + timedelta(days=5)
    OwnEvent.objects.create(owner=student.user, title="At grandma's", first=off, last=off + timedelta(days=1))
    row = Booking.objects.on().filter(students=student).exclude(teacher=None).select_related("teacher").first()
    if row and row.teacher:
        title, day = "Teachers' meeting", monday + timedelta(days=2)
        OwnEvent.objects.create(
            owner=row.teacher, title=title, first=day, at=time(13), weekdays="2", is_private=False, **times
        )


def _mark(now: datetime, chance: random.Random) -> None:
    attendees, marks = [], []
    rows = list(Booking.objects.on().filter(start__lte=now).order_by("start"))
    for row in rows:
        students = list(row.attendees())
        if row.batch_id:
            attendees += [Attendee(booking=row, student=student) for student in students]
        # On a Sunday too there is something left to mark.
        if row.start < now - UNMARKED and row not in rows[-2:]:
            for student in students:
                state = chance.choice(USUAL)
                late = chance.choice((5, 10, 15)) if state == Presence.LATE else None
                marks.append(
                    Attendance(
                        booking=row,
                        student=student,
                        state=state,
                        minutes_late=late,
                        marked_by=row.teacher,
                        marked_at=row.end,
                    )
                )
    Attendee.objects.bulk_create(attendees, batch_size=500)
    Attendance.objects.bulk_create(marks, batch_size=500)
    Booking.objects.filter(start__lte=now).update(rolled=now)
