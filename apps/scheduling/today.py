"""What Today says of lessons: those of one's day or the next one, what waits for an answer, and what isn't marked."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_midnight
from apps.scheduling.attendance_day import unmarked
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Booking, LessonRequest, Proposal
from apps.scheduling.models.bookings import LONGEST_SPAN
from apps.scheduling.wall_time import local_day
from apps.students.models import Student

# The most lessons of a day that are listed, and for how long a lesson that isn't marked is brought up.
MOST, BACK = 8, timedelta(days=7)


@dataclass
class Today:
    """Lessons of today that aren't over, or (`is_later`) the next one; how many requests and marks wait."""

    lessons: list[Booking]
    is_later: bool
    waiting: int
    unmarked: int
    channel: str
    event: str


def today(user: User) -> Today:
    """What `user` should know of their lessons, in at most five queries; staff, who give none, of everybody's."""
    lessons = [] if user.sees_all else _lessons(user)
    channel, event = (CALENDAR, "") if user.sees_all else (f"user-{user.pk}", LESSONS)
    zone = timezone.get_current_timezone_name()
    now = timezone.now()
    of_today = [row for row in lessons if local_day(row.start, zone) <= local_day(now, zone)]
    return Today(of_today or lessons[:1], not of_today, _waiting(user), _unmarked(user), channel, event)


def _lessons(user: User) -> list[Booking]:
    now = timezone.now()
    rows = Booking.objects.on().filter(end__gt=now, start__gt=now - LONGEST_SPAN)
    rows = rows.filter(teacher=user) if user.role == Role.TEACHER else rows.visible_to(user)
    found = list(rows.select_related("batch", "teacher", "room").order_by("start", "pk")[:MOST])
    seen = Prefetch("students", Student.objects.visible_to(user), to_attr="shown_students")
    prefetch_related_objects([row for row in found if row.batch_id is None], seen)
    return found


def _waiting(user: User) -> int:
    if user.sees_all:
        return LessonRequest.objects.open().count() + Proposal.objects.open().count()
    return LessonRequest.objects.waiting_for(user).count() + Proposal.objects.waiting_for(user).distinct().count()


def _unmarked(user: User) -> int:
    if user.role == Role.STUDENT:
        return 0
    since = academy_midnight(timezone.localdate(timezone.now(), timezone.get_default_timezone()) - BACK)
    rows = Booking.objects.on().filter(start__gte=since)
    return unmarked(rows if user.sees_all else rows.filter(teacher=user)).count()
