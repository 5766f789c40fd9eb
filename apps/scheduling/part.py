"""What scheduling knows of a person: their lessons, how they attended, and what they asked for."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.accounts.parts import Part, Work
from apps.scheduling.models import Attendance, Booking, Feed, LessonRequest, OwnEvent
from apps.students.models import Student

EVENT_FIELDS = (
    *("title", "notes", "first", "last", "at", "zone", "minutes", "is_busy", "is_private"),
    *("repeats", "pattern", "interval", "weekdays", "until"),
)


class SchedulingPart(Part):
    """Lessons and marks stay with the academy's records; a teacher's lessons to come need another teacher."""

    name = "scheduling"

    def own_data(self, user: User) -> dict[str, Any]:
        """The lessons that one gives or takes part in, one's marks, and one's requests."""
        marks = Attendance.objects.filter(student__user=user).select_related("booking").order_by("booking__start")
        asked = LessonRequest.objects.filter(student__user=user) | LessonRequest.objects.filter(teacher=user)
        return {
            "lessons": (_lesson(row) for row in _lessons(user).order_by("start", "pk").iterator()),
            "attendance": (_mark(row) for row in marks.iterator()),
            "calendar_feeds": list(Feed.objects.filter(user=user).values("busy_only", "created", "updated")),
            "own_events": list(OwnEvent.objects.filter(owner=user, deleted_at=None).values(*EVENT_FIELDS)),
            "lesson_requests": [
                {
                    "subject": row.subject,
                    "message": row.note,
                    "state": row.state,
                    "answer": row.answer,
                    "asked": row.created.isoformat(),
                }
                for row in asked.order_by("pk")
            ],
        }

    def stand_down(self, user: User) -> None:
        """Addresses of their calendar end with their access."""
        Feed.objects.filter(user=user).delete()

    def forget(self, user: User) -> None:
        """The same when the account closes; their own events go too."""
        Feed.objects.filter(user=user).delete()
        OwnEvent.objects.filter(owner=user).delete()

    def open_work(self, user: User) -> Iterator[Work]:
        """The lessons that one gives and that have not begun."""
        for booking in _to_give(user).order_by("start", "pk")[:100]:
            yield Work("Lesson", f"{booking.subject}, {booking.day.isoformat()}", booking.get_absolute_url())

    def against_role(self, user: User, role: str) -> Iterable[str]:
        """Who gives lessons is a teacher."""
        if role != Role.TEACHER and (count := _to_give(user).count()):
            yield f"They give {count} {'lesson' if count == 1 else 'lessons'} to come: call them off first."


def _to_give(user: User) -> QuerySet[Booking]:
    return Booking.objects.on().filter(teacher=user, start__gt=timezone.now())


def _lessons(user: User) -> QuerySet[Booking]:
    taken = Booking.objects.taught_to(Student.objects.filter(user=user)).values("pk")
    return Booking.objects.filter(teacher=user) | Booking.objects.filter(pk__in=taken)


def _lesson(row: Booking) -> dict[str, Any]:
    return {"subject": row.subject, "start": row.start.isoformat(), "minutes": row.minutes, "state": row.state}


def _mark(row: Attendance) -> dict[str, Any]:
    return {
        "lesson": row.booking.subject,
        "start": row.booking.start.isoformat(),
        "state": row.state,
        "minutes_late": row.minutes_late,
        "note": row.note,
    }
