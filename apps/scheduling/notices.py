"""What people are told of their lessons: booked, moved, called off, how they attended, and that one is near.

Whether it still holds is asked when it is shown and when a mail leaves: nobody hears of a time that is no longer so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.formats import clock, day
from apps.notifications.events import about, notify, notify_all, withdraw
from apps.notifications.models import Event, Notification, Way
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.scheduling.live import people_of
from apps.scheduling.models import Attendance, Booking, BookingMove, Presence
from apps.scheduling.wall_time import release as zone_release
from apps.students.models import Student

# How long before a lesson people are reminded, the nearest last; each is a kind that they can turn off.
OFFSETS = {
    "reminder_day": timedelta(hours=24),
    "reminder_hour": timedelta(hours=1),
    "reminder_half": timedelta(minutes=30),
}
BATCH = 500


def booked(booking: Booking, actor: User) -> None:
    """Tell those who take part of a new lesson."""
    _tell("lesson_booked", f"lesson-booked-{booking.pk}", f"New lesson: {booking.subject}", booking, actor)


def moved(move: BookingMove, actor: User | None) -> None:
    """Tell those who take part that a lesson is at another time; what was told of earlier moves holds no longer."""
    booking = move.booking
    withdraw(*(f"lesson-moved-{pk}" for pk in booking.moves.exclude(pk=move.pk).values_list("pk", flat=True)))
    _tell("lesson_moved", f"lesson-moved-{move.pk}", f"Moved: {booking.subject}", booking, actor, move=move.pk)


def stays(booking: Booking, release: str) -> None:
    """Tell its teacher, and whoever made it, once that a lesson can't follow its clock: the new hour is taken."""
    to = [pk for pk in (booking.teacher_id, booking.made_by_id) if pk]
    title = f"Taken at its new hour: {booking.subject}"
    notify("lesson_stays", f"lesson-stays-{booking.pk}-{release}", title, thing=booking, about=about(booking), to=to)


def called_off(booking: Booking, actor: User) -> None:
    """Tell those who take part that a lesson doesn't take place."""
    _tell("lesson_off", f"lesson-off-{booking.pk}", f"Called off: {booking.subject}", booking, actor)


def marked(row: Attendance, actor: User) -> None:
    """Tell a student that they were marked late, absent or excused; a second mark takes the place of the first."""
    unmarked(row.booking, row.student)
    if (user_id := row.student.user_id) and row.state != Presence.PRESENT:
        key = f"attendance-{row.booking_id}-{row.student_id}-{row.marked_at.timestamp():.6f}"
        title = f"{row.get_state_display()}: {row.booking.subject}"
        notify("attendance", key, title, actor=actor, thing=row, about=about(row.booking), to=[user_id])


def unmarked(booking: Booking, student: Student) -> None:
    """A mark was taken back: what was told of it holds no longer."""
    prefix = f"attendance-{booking.pk}-{student.pk}-"
    told = Notification.objects.filter(recipient=student.user_id or 0, about=about(booking), kind="attendance")
    keys = told.filter(event__startswith=prefix).values_list("event", flat=True)
    waiting = Event.objects.filter(kind="attendance", key__startswith=prefix).values_list("key", flat=True)
    withdraw(*{*keys, *waiting})


def remind(now: datetime | None = None) -> int:
    """Remind of the lessons that are near, once each per time and offset, the nearest offset alone; returns how many.

    A lesson that was booked or moved when an offset had passed already gets none for it.
    """
    now, count = now or timezone.now(), 0
    nearer = [*list(OFFSETS.values())[1:], timedelta(0)]
    for (kind, before), least in zip(OFFSETS.items(), nearer, strict=True):
        minutes = int(before.total_seconds() // 60)
        due = Booking.objects.on().filter(start__gt=now + least, start__lte=now + before, reminded__gt=minutes)
        due = due.filter(timed_at__lte=F("start") - before)
        ids = list(due.order_by("start").values_list("pk", flat=True)[:BATCH])
        for pk in ids:
            count += _remind(due, pk, kind, minutes)
    return count


@transaction.atomic
def _remind(due: QuerySet[Booking], pk: int, kind: str, minutes: int) -> int:
    # Asked again as it is now: it may have been moved since it was found.
    if not due.filter(pk=pk).update(reminded=minutes):
        return 0
    booking = Booking.objects.get(pk=pk)
    start = booking.start.isoformat()
    row = Event(key=f"reminder-{pk}-{start}-{minutes}", kind=kind, thing=pk, about=about(booking))
    row.title = f"{booking.subject}: {day(booking.start)}, {clock(booking.start)}"
    row.people, row.data = sorted(people_of(booking)), {"start": start}
    notify_all([row])
    return 1


def _tell(kind: str, key: str, title: str, booking: Booking, actor: User | None, **data: Any) -> None:
    notify(
        kind,
        key,
        title,
        actor=actor,
        thing=booking,
        about=about(booking),
        to=people_of(booking),
        start=booking.start.isoformat(),
        **data,
    )


def _bookings(user: User | None, ids: Iterable[int]) -> dict[int, Booking]:
    rows = Booking.objects.select_related("teacher", "room", "called_off_by")
    return (rows.visible_to(user) if user else rows).in_bulk(list(ids))


def _found(booking: Booking, notice: Notification | Event) -> Found:
    more: dict[str, Any] = {"booking": booking}
    if move := notice.data.get("move"):
        more["move"] = BookingMove.objects.filter(pk=move).first()
    return Found(booking.get_absolute_url(), about=booking.subject, more=more)


def _holds(booking: Booking, notice: Notification | Event) -> bool:
    """Is what was told still so? It was called off, or it is on and at the same time."""
    if notice.kind == "lesson_off":
        return not booking.is_on
    same = notice.data.get("start") == booking.start.isoformat()
    if notice.kind in OFFSETS:
        return booking.is_on and same and not booking.begun
    return booking.is_on and (same or notice.kind == "lesson_booked")


def _find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = _bookings(user, [notice.thing for notice in notices])
    return {
        notice.pk: _found(rows[notice.thing], notice)
        for notice in notices
        if notice.thing in rows and _holds(rows[notice.thing], notice)
    }


def _show(event: Event) -> Found | None:
    row = _bookings(None, [event.thing]).get(event.thing)
    return _found(row, event) if row and _holds(row, event) else None


def _take_part(event: Event, ids: Sequence[int]) -> Iterable[int]:
    """Who of these still takes part in the lesson, where what is told of it still holds."""
    row = _bookings(None, [event.thing]).get(event.thing)
    return people_of(row) & set(ids) if row and _holds(row, event) else []


def _find_marks(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
    rows = Attendance.objects.filter(student__user=user).select_related("booking")
    marks = rows.in_bulk([notice.thing for notice in notices])
    return {notice.pk: _found_mark(marks[notice.thing]) for notice in notices if notice.thing in marks}


def _found_mark(row: Attendance) -> Found:
    return Found(row.booking.get_absolute_url(), row.note, row.booking.subject, more={"mark": row})


def _show_mark(event: Event) -> Found | None:
    row = Attendance.objects.filter(pk=event.thing).select_related("booking").first()
    return _found_mark(row) if row else None


def _stays(user: User | None, ids: Sequence[int]) -> dict[int, Booking]:
    return {
        pk: row
        for pk, row in _bookings(user, ids).items()
        if row.is_on and not row.begun and row.zone_release != zone_release()
    }


_find_stays, _show_stays = looked_up(
    _stays, lambda row, user: Found(row.get_absolute_url(), about=row.subject, more={"booking": row})
)
TAKES_PART = "You take part in this lesson."
PEOPLE = frozenset({Role.TEACHER, Role.STUDENT})


def _kind(template: str, name: str, label: str, about: str, icon: str, order: int, **more: Any) -> NotificationType:
    return NotificationType(
        name=name,
        order=order,
        label=label,
        about=about,
        why=TAKES_PART,
        icon=icon,
        roles=PEOPLE,
        template=template,
        find=_find,
        show=_show,
        readers=_take_part,
        **more,
    )


NOW = timedelta(0)
REMINDED: dict[str, Any] = {"delay": NOW, "urgent": True}
TYPES = (
    _kind(
        "scheduling/notices/lesson_booked.html",
        "lesson_booked",
        "New lessons",
        "A lesson is in your calendar.",
        "calendar",
        34,
    ),
    _kind(
        "scheduling/notices/lesson_moved.html",
        "lesson_moved",
        "Moved lessons",
        "One of your lessons has moved.",
        "calendar-clock",
        35,
        urgent=True,
    ),
    _kind(
        "scheduling/notices/lesson_off.html",
        "lesson_off",
        "Called off lessons",
        "One of your lessons was called off.",
        "calendar-x",
        36,
        urgent=True,
    ),
    NotificationType(
        name="lesson_stays",
        order=36,
        label="Lessons that clash after clocks changed",
        about="New time zone rules would move a lesson to a time that is taken.",
        why="You give or arranged this lesson.",
        icon="triangle-alert",
        roles=frozenset({Role.ADMIN, Role.STAFF, Role.TEACHER}),
        template="scheduling/notices/lesson_stays.html",
        find=_find_stays,
        show=_show_stays,
    ),
    _kind(
        "scheduling/notices/reminder.html",
        "reminder_day",
        "The day before",
        "One of your lessons begins in 24 hours.",
        "bell-ring",
        37,
        **REMINDED,
    ),
    _kind(
        "scheduling/notices/reminder.html",
        "reminder_hour",
        "An hour before",
        "One of your lessons begins in an hour.",
        "bell-ring",
        38,
        ways=frozenset({Way.PAGE}),
        **REMINDED,
    ),
    _kind(
        "scheduling/notices/reminder.html",
        "reminder_half",
        "Half an hour before",
        "One of your lessons begins in 30 minutes.",
        "bell-ring",
        39,
        ways=frozenset(),
        **REMINDED,
    ),
    NotificationType(
        name="attendance",
        order=40,
        label="Attendance",
        about="You were marked in a lesson.",
        why="It is about your attendance.",
        icon="user-check",
        template="scheduling/notices/attendance.html",
        find=_find_marks,
        show=_show_mark,
        ways=frozenset({Way.PAGE}),
        roles=frozenset({Role.STUDENT}),
    ),
)
