"""What a calendar elsewhere reads (RFC 5545): single events in UTC, without rules and zones that programs read apart.

One UID for life, a SEQUENCE that rises with each change of time, and CANCELLED for two months after a lesson was called
off, an event deleted, or its reader taken out of a series. What is for staff or teachers alone, notes, and links to
join stand in no feed: its address may get about.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import F, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from icalendar import Calendar, Event

from apps.accounts.models import User
from apps.scheduling.models import Booking, Feed, OwnEvent, SeriesChange
from apps.scheduling.models.events import TOLD
from apps.students.models import Student

BACK, AHEAD = timedelta(days=62), timedelta(days=366)
# How long a lesson that was called off is told as such.
CANCELLED = TOLD
MOST = 3_000
# How often programs are asked to read it again; most do when they like, up to a day later.
AGAIN = timedelta(hours=1)


def written(feed: Feed, now: datetime | None = None) -> bytes:
    """The feed as text/calendar."""
    now = now or timezone.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Homeroom//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Homeroom: busy" if feed.busy_only else "Homeroom")
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    lessons = list(lessons_of(feed.user, now)[:MOST])
    left = _left(feed.user, now)
    for event in (*_lessons(feed, lessons), *_cancelled(feed, left), *islice(_own_events(feed, now), MOST)):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def lessons_of(user: User, now: datetime) -> QuerySet[Booking]:
    """The lessons that one gives or takes part in, from two months ago to a year ahead."""
    given = Booking.objects.filter(teacher=user).between(now - BACK, now + AHEAD).order_by().values("pk")
    own = Booking.lesson_ids_of(Student.objects.filter(user=user)).union(given, all=True)
    rows = Booking.objects.filter(pk__in=own).between(now - BACK, now + AHEAD)
    told = rows.filter(Q(called_off_at=None) | Q(called_off_at__gt=now - CANCELLED)).order_by("start", "pk")
    return told.select_related("teacher", "room", "batch")


def _left(user: User, now: datetime) -> list[Booking]:
    """Lessons that `user` lost when their series changed, unsaved, as `user` last saw them.

    They may not see what the lesson became, so only UID and SEQUENCE are current.
    """
    changes = SeriesChange.objects.filter(kind=SeriesChange.Kind.CHANGED, at__gt=now - CANCELLED)
    mine = changes.filter(series__continues__students__user=user).order_by("pk").values_list("before", flat=True)
    own = Student.objects.filter(user=user)
    ids = set(own.values_list("pk", flat=True)) if mine else set()
    was = {each["id"]: each for before in mine for each in before if ids & set(each.get("students", ()))}
    # Lessons that they have joined again aren't lost, even if too far away for the feed.
    rows = Booking.objects.filter(pk__in=was.keys()).exclude(pk__in=Booking.lesson_ids_of(own))
    return [_as_told(row, was[row.pk]) for row in rows.order_by("pk")[:MOST]]


def _as_told(row: Booking, was: Mapping[str, Any]) -> Booking:
    told = Booking(pk=row.pk, uid=row.uid, sequence=row.sequence, updated=row.updated, subject=was["subject"])
    return told.timed(date.fromisoformat(was["day"]), time.fromisoformat(was["at"]), was["zone"], was["minutes"])


def _cancelled(feed: Feed, rows: Iterable[Booking]) -> Iterator[Event]:
    for booking in rows:
        event = _begun(booking)
        event.add("status", "CANCELLED")
        event.add("summary", "Busy" if feed.busy_only else booking.subject)
        yield event


def _begun(booking: Booking) -> Event:
    """An event with a lesson's UID, SEQUENCE and times."""
    event = Event()
    event.add("uid", str(booking.uid))
    event.add("sequence", booking.sequence)
    event.add("dtstamp", booking.updated)
    event.add("dtstart", booking.start)
    event.add("dtend", booking.end)
    return event


def _lessons(feed: Feed, rows: list[Booking]) -> Iterator[Event]:
    seen = Prefetch("students", Student.objects.visible_to(feed.user), to_attr="shown_students")
    prefetch_related_objects([row for row in rows if row.teacher_id == feed.user_id], seen)
    for booking in rows:
        event = _begun(booking)
        event.add("status", "CONFIRMED" if booking.is_on else "CANCELLED")
        event.add("summary", "Busy" if feed.busy_only else booking.subject)
        if not feed.busy_only:
            event.add("url", settings.SITE_URL + booking.get_absolute_url())
            if details := _who(booking, feed.user):
                event.add("description", details)
            if booking.room:
                event.add("location", booking.room.name)
        yield event


def _own_events(feed: Feed, now: datetime) -> Iterator[Event]:
    """One's own events, one for each time; where only busy times are shown, those in which one is busy."""
    first, last = (now - BACK).date(), (now + AHEAD).date()
    rows = OwnEvent.objects.filter(owner=feed.user).around(first, last)
    rows = rows.filter(is_busy=True) if feed.busy_only else rows
    kept = Q(deleted_at=None)
    # What happens comes first; then the days that are off, each as it was last told.
    told = rows.filter(kept | Q(deleted_at__gt=now - CANCELLED)).order_by(
        F("deleted_at").desc(nulls_first=True), "instead_of", "pk"
    )
    uids: set[str] = set()
    for row in told[:MOST]:
        for day in row.dates(first, last):
            uid = row.uid_on(day)
            if uid in uids and row.deleted_at:
                continue
            uid = f"{uid}-{row.pk}" if uid in uids else uid
            uids.add(uid)
            event = Event()
            event.add("uid", uid)
            event.add("sequence", row.sequence)
            event.add("status", "CANCELLED" if row.deleted_at else "CONFIRMED")
            event.add("dtstamp", row.updated)
            start, end = (day, day + timedelta(days=row.days)) if row.is_all_day else row.moments(day)
            event.add("dtstart", start)
            event.add("dtend", end)
            event.add("transp", "OPAQUE" if row.is_busy else "TRANSPARENT")
            event.add("summary", "Busy" if feed.busy_only else row.title)
            if row.notes and not feed.busy_only:
                event.add("description", row.notes)
            yield event


def _who(booking: Booking, reader: User) -> str:
    """With whom: for a student their teacher, for a teacher the batch or the students by their given names."""
    if booking.teacher_id != reader.pk:
        return f"With {booking.teacher.full_name}" if booking.teacher else ""
    if booking.batch:
        return booking.batch.name
    students = [student.short_name for student in booking.shown_students]
    return ", ".join(students[:5]) + (" and others" if len(students) > 5 else "")
