"""Live updates of the calendar: named events, after which a page asks for itself again. Nothing is pushed."""

from collections.abc import Iterable

from apps.accounts.models import User
from apps.realtime.publish import signal
from apps.scheduling.models import Booking, LessonRequest

# For admins and staff: somebody's lessons changed.
CALENDAR = "calendar"
# On a person's own channel: lessons of theirs changed.
LESSONS = "lessons"


def lessons_changed(*bookings: Booking, also: Iterable[int | None] = ()) -> None:
    """Have the pages of everyone who takes part in these lessons, and those of staff, ask again.

    `also` are the ids of people who took part before.
    """
    signal(CALENDAR)
    for user_id in sorted(people_of(*bookings) | {pk for pk in also if pk}):
        signal(f"user-{user_id}", LESSONS)


def people_of(*bookings: Booking) -> set[int]:
    """The ids of the accounts of everyone who takes part in these lessons."""
    found = {booking.teacher_id for booking in bookings if booking.teacher_id}
    for booking in bookings:
        found |= set(booking.attendees().exclude(user=None).values_list("user", flat=True))
    return {pk for pk in found if pk}


def rooms_changed() -> None:
    """Have the pages of staff that show rooms ask again."""
    signal(CALENDAR)


def request_changed(request: LessonRequest) -> None:
    """Have the pages of both sides, and those of staff, ask again."""
    signal(CALENDAR)
    for user_id in filter(None, (request.teacher_id, request.student.user_id)):
        signal(f"user-{user_id}", LESSONS)


def own_events_changed(user: User) -> None:
    """Have the pages of a person, and those of staff, ask again: an event of theirs changed."""
    signal(CALENDAR)
    signal(f"user-{user.pk}", LESSONS)
