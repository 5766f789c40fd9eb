"""What begins and ends by the clock alone: open pages learn of it within a second, once.

A stream that carries a course asks again by itself at the end of its reader's right. What is told here is for the pages
of others (who follows a course or a batch), for those whom nothing has ended but something begun, and for streams that
Pushpin holds.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.academy_calendar import academy_day
from apps.core.jobs import enqueue_at
from apps.courses import live
from apps.courses.actions.enrollments import end_expired
from apps.courses.models import ClockMark, Enrollment
from apps.realtime.publish import access_changed

# The job runs every minute, sometimes slightly late.
AHEAD = timedelta(seconds=90)


def tell_of_the_clock(at: datetime | None = None) -> int:
    """Refresh open pages for enrollments that began or ended since the last refresh; returns how many."""
    with transaction.atomic():
        at = at or timezone.now()
        since = ClockMark.move_on(at)
        rows = list(_turning(since, at)) if since else []
        people = {row.student.user_id for row in rows} | {row.batch.teacher_id for row in rows if row.batch}
        access_changed(*sorted(pk for pk in people if pk))
        for row in rows:
            live.progress_changed(row.course_id, row.student.user_id)
        live.roster_changed(*{row.batch_id for row in rows if row.batch_id})
    end_expired()
    return len(rows)


def look_ahead() -> list[datetime]:
    """Schedule a refresh of open pages for the exact second of each upcoming start or end; returns those times."""
    now = timezone.now()
    moments = sorted({moment for row in _turning(now, now + AHEAD) for moment in _turns(row, now)})
    for moment in moments:
        tell_at(moment)
    return moments


def tell_at(moment: datetime | None) -> None:
    """Schedule a refresh for this time, if it comes before the next look ahead."""
    if moment and timezone.now() < moment <= timezone.now() + AHEAD:
        # The queue polls once a second, so the job itself waits out the rest.
        enqueue_at("courses.tell_at_the_second", moment - timedelta(seconds=1.5), moment.isoformat())


def _turning(since: datetime, until: datetime) -> QuerySet[Enrollment]:
    """Active enrollments that begin or end after `since` and no later than `until`."""
    begun = Q(enrolled_at__gt=since, enrolled_at__lte=until)
    ended = Q(expires_at__gt=since, expires_at__lte=until)
    days = {"batch__end__gte": academy_day(since), "batch__end__lt": academy_day(until)}
    outlived = Q(batch__end_ends_access=True, **days)
    rows = Enrollment.objects.filter(begun | ended | outlived, is_active=True)
    return rows.select_related("student", "batch").order_by("pk")


def _turns(row: Enrollment, now: datetime) -> list[datetime]:
    turns = [row.enrolled_at, row.ends_at]
    return [turn for turn in turns if turn and now < turn <= now + AHEAD]
