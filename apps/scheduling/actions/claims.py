"""Who and what is taken when. The database refuses an overlap; what is looked up before is for words alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.courses.models import Batch
from apps.scheduling.models import Attendee, Booking, Claim, Proposal, Room, overlapping, placed_in, resources
from apps.students.models import Student

Span = tuple[datetime, datetime]
# How far before and after the wanted time others are looked for, and in which steps.
NEAR, STEP, OFFERED = timedelta(hours=12), timedelta(minutes=15), 3
# What PostgreSQL calls a deadlock.
DEADLOCK = "40P01"


class Clash(ValidationError):  # noqa: N818 - no error: whoever books is told
    """The teacher, the room or a student is busy. `nearest` are starts (UTC) at which all of them are free.

    If only the room is taken, the code is "room" and `rooms` are free alternatives.
    """

    def __init__(
        self, message: str, nearest: Sequence[datetime] = (), code: str = "taken", rooms: Sequence[Room] = ()
    ) -> None:
        super().__init__(message, code=code)
        self.nearest, self.rooms = list(nearest), list(rooms)
        # Which of several times it is about, counted from 1; 0 where there is one.
        self.number = 0


def lock(teachers: Iterable[int | None], rooms: Iterable[int | None] = (), students: Iterable[Student] = ()) -> None:
    """Lock these, always in one order: people by id, then rooms, then students. Called in a transaction.

    Their keys aren't locked: who writes a message, or whatever else refers to them, waits for nobody here.
    """
    people = sorted({pk for pk in teachers if pk})
    places = sorted({pk for pk in rooms if pk})
    if people:
        list(User.objects.select_for_update(no_key=True).order_by("pk").filter(pk__in=people).values_list("pk"))
    if places:
        list(Room.objects.select_for_update(no_key=True).order_by("pk").filter(pk__in=places).values_list("pk"))
    if ids := sorted({student.pk for student in students}):
        list(Student.objects.select_for_update(no_key=True).order_by("pk").filter(pk__in=ids).values_list("pk"))


def lock_batch(batch: Batch | None) -> Batch | None:
    """A batch as it is now, under a lock on its row: its end can't move. After `lock()`, before series and lessons."""
    if batch is None:
        return None
    rows = Batch.objects.select_for_update(of=("self",), no_key=True).select_related("course")
    return rows.get(pk=batch.pk)


def take(*bookings: Booking, students: Sequence[int] = ()) -> None:
    """Take the time of these lessons for their teachers and rooms, all or none; raises Clash.

    The caller holds the lock on each of them, so that nobody else can be in between. The nearest free times of a Clash
    are free for these `students` (by id) too.
    """
    rows = [
        Claim(resource=resource, start=booking.start, end=booking.end, booking=booking)
        for booking in bookings
        for resource in booking.resources()
    ]
    _insert(rows, [(booking, booking.span) for booking in bookings], students)


def hold(proposal: Proposal, booking: Booking, spans: Iterable[Span]) -> None:
    """Hold these spans for a lesson that may be moved there; what it takes itself needs no holding. Raises Clash."""
    free = without(united(spans), booking.span)
    rows = [
        Claim(resource=resource, start=start, end=end, proposal=proposal)
        for start, end in free
        for resource in booking.resources()
    ]
    _insert(rows, [(booking, span) for span in free])


def _insert(rows: list[Claim], wanted: list[tuple[Booking, Span]], students: Sequence[int] = ()) -> None:
    try:
        with transaction.atomic():
            Claim.objects.bulk_create(rows)
    except IntegrityError:
        for booking, span in wanted:
            if clash := clash_at(booking, span, students):
                raise clash from None
        raise Clash("Two of these lessons are at the same time.") from None
    except OperationalError as error:
        # PostgreSQL ends one of two statements that wait for each other's rows: the other takes these times.
        if getattr(error.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        raise Clash("Somebody else is booking these times right now. Try again.") from None


def free(booking: Booking) -> None:
    """Give up what a lesson takes, and what is held for times proposed for it."""
    Claim.objects.filter(Q(booking=booking) | Q(proposal__booking=booking)).delete()


def taken_by(booking: Booking, span: Span) -> str:
    """What is taken in this span, in words that name no other person's lesson; empty if nothing is."""
    rows = Claim.objects.filter(overlapping([span]), resource__in=booking.resources())
    if booking.pk:
        rows = rows.exclude(booking=booking.pk).exclude(proposal__booking=booking.pk)
    taken = set(rows.values_list("resource", flat=True))
    names = []
    if booking.teacher and f"user-{booking.teacher_id}" in taken:
        names.append(booking.teacher.full_name)
    if booking.room and f"room-{booking.room_id}" in taken:
        names.append(booking.room.name)
    if not names:
        return ""
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} taken at this time."


def clash_at(booking: Booking, span: Span, students: Sequence[int] = ()) -> Clash | None:
    """The Clash for a span, with free times nearby and, if only the room is taken, free rooms; None if all is free."""
    if not (message := taken_by(booking, span)):
        return None
    nearest = nearest_free(booking, span, students)
    without_room = Booking(pk=booking.pk, teacher=booking.teacher)
    if booking.room is None or taken_by(without_room, span):
        return Clash(message, nearest)
    return Clash(message, nearest, "room", free_rooms(span, len(students)))


def free_rooms(span: Span, count: int) -> list[Room]:
    """At most OFFERED rooms with seats for `count` that are free in this span."""
    taken = Claim.objects.filter(overlapping([span]), resource__startswith="room-").values_list("resource", flat=True)
    ids = [int(resource.removeprefix("room-")) for resource in taken]
    return list(rooms_for(count).exclude(pk__in=ids)[:OFFERED])


def rooms_for(count: int) -> QuerySet[Room]:
    """Open rooms with seats for `count`, smallest first; rooms of unknown size come last."""
    rows = Room.objects.open().filter(Q(seats=None) | Q(seats__gte=count))
    return rows.order_by(F("seats").asc(nulls_last=True), "name")


def busy_students(booking: Booking, students: Iterable[Student], span: Span) -> list[Student]:
    """Those of these students who take part in another lesson in this span."""
    people = {student.pk: student for student in students}
    others = Booking.objects.on().between(*span).exclude(pk=booking.pk)
    named = Attendee.objects.filter(booking__in=others.values("pk"), student__in=people)
    batches = others.filter(rolled=None, batch__isnull=False).values("batch")
    placed = placed_in(span[0], booking.day).filter(batch__in=batches, student__in=people)
    busy = {*named.values_list("student", flat=True), *placed.values_list("student", flat=True)}
    return [student for pk, student in people.items() if pk in busy]


def nearest_free(booking: Booking, span: Span, students: Sequence[int] = ()) -> list[datetime]:
    """The starts nearest to this span's at which its teacher, its room and these students are free, OFFERED at most."""
    start, end = span
    length, window = end - start, (start - NEAR, end + NEAR)
    rows = Claim.objects.filter(overlapping([window]), resource__in=resources(booking.teacher_id, booking.room_id))
    taken: list[Span] = list(rows.values_list("start", "end"))
    if students:
        lessons = Booking.objects.taught_to(Student.objects.filter(pk__in=students)).on().between(*window)
        taken += lessons.exclude(pk=booking.pk).values_list("start", "end")
    found: list[datetime] = []
    now, zone = timezone.now(), ZoneInfo(booking.zone or "UTC")
    for step in range(1, int(NEAR / STEP)):
        for candidate in (start + step * STEP, start - step * STEP):
            if (
                len(found) < OFFERED
                and candidate > now
                # The second of an hour that occurs twice can't be said in a form.
                and not candidate.astimezone(zone).fold
                and not any(a < candidate + length and b > candidate for a, b in taken)
            ):
                found.append(candidate)
    return sorted(found)


def united(spans: Iterable[Span]) -> list[Span]:
    """These spans with those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(spans: Iterable[Span], other: Span) -> list[Span]:
    """What of these spans lies outside another."""
    found = []
    for start, end in spans:
        found += [(a, b) for a, b in ((start, min(end, other[0])), (max(start, other[1]), end)) if a < b]
    return found
