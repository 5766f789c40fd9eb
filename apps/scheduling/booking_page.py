"""What stands on the page of one lesson."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.courses.models import Batch
from apps.scheduling import policies
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Attendance, Booking, Presence, Proposal, Series
from apps.students.models import Student


@dataclass
class Row:
    """A student of a lesson, with their mark; None: nobody has marked it."""

    student: Student
    mark: Attendance | None
    error: str = ""


def rows_of(booking: Booking) -> list[Row]:
    """Who takes part, by name, each with their mark."""
    marks = {mark.student_id: mark for mark in Attendance.objects.filter(booking=booking).select_related("marked_by")}
    return [Row(student, marks.get(student.pk)) for student in booking.attendees().select_related("user")]


def booking_context(user: User, booking: Booking) -> dict[str, Any]:
    """Everything that its page shows this person: who doesn't run the lesson sees the students whom they may see."""
    runs, rows = policies.may_run(user, booking), rows_of(booking)
    if not runs:
        seen = set(Student.objects.visible_to(user).values_list("pk", flat=True)) if rows else set()
        rows = [row for row in rows if row.student.pk in seen]
    can_change = booking.is_on and not booking.begun
    proposal = _open_proposal(user, booking) if can_change else None
    return {
        "booking": booking,
        "rows": rows,
        "runs": runs,
        "marks": runs and booking.is_on and booking.begun,
        "unmarked": sum(row.mark is None for row in rows),
        "states": Presence.choices,
        "moves": booking.moves.select_related("by", "agreed_by", "was_room", "to_room"),
        "proposal": proposal,
        "may_answer": proposal is not None and policies.may_answer_proposal(user, proposal),
        "may_take_back": proposal is not None and policies.may_take_back(user, proposal),
        "may_propose": can_change and proposal is None and policies.may_propose(user, booking),
        "other_clocks": other_clocks(booking, rows),
        "series_link": Series.objects.visible_to(user).filter(pk=booking.series_id or 0).exists(),
        "batch_link": bool(booking.batch and Batch.objects.visible_to(user).filter(pk=booking.batch.pk).exists()),
        "may_move": can_change and policies.may_move(user, booking),
        "may_call_off": can_change and policies.may_call_off(user, booking),
        "late": booking.start - timezone.now() < timedelta(hours=settings.NOTICE_HOURS),
        "notice_hours": settings.NOTICE_HOURS,
        "channel": CALENDAR if user.sees_all else "",
        "event": "" if user.sees_all else LESSONS,
    }


def _open_proposal(user: User, booking: Booking) -> Proposal | None:
    """What is proposed for it, if its two sides are whom this person may see."""
    rows = Proposal.objects.visible_to(user).open().filter(booking=booking, expires__gt=timezone.now())
    return rows.select_related("by", "booking").prefetch_related("times").first()


def other_clocks(booking: Booking, rows: list[Row]) -> list[tuple[str, datetime]]:
    """When it begins on the clocks of the others who take part, where they show another time than the reader's."""
    here = timezone.localtime(booking.start)
    zones = {booking.zone: ""}
    if booking.teacher and booking.teacher.time_zone:
        zones[booking.teacher.time_zone] = booking.teacher.given_name
    for row in rows[:3]:
        if row.student.user and row.student.user.time_zone:
            zones.setdefault(row.student.user.time_zone, row.student.short_name)
    found = []
    for zone, name in zones.items():
        there = booking.start.astimezone(ZoneInfo(zone))
        if there.utcoffset() != here.utcoffset():
            city = zone.rpartition("/")[2].replace("_", " ")
            found.append((f"{city} ({name})" if name else city, there.replace(tzinfo=None)))
    return found
