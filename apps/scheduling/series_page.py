"""What stands on the page of one series."""

from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.scheduling import policies
from apps.scheduling.actions.series_rows import is_exception
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Booking, Series, SeriesChange

# How many of its lessons are listed.
SHOWN = 60


def series_context(user: User, series: Series) -> dict[str, Any]:
    """Everything that its page shows this person."""
    rows = Booking.objects.visible_to(user).filter(series=series, start__gt=timezone.now())
    lessons = list(rows.select_related("teacher", "room", "batch").order_by("start")[: SHOWN + 1])
    change = series.changes.select_related("by").first()
    may_change = policies.may_change_series(user, series)
    undoable = change if change and change.is_undoable and policies.may_undo(user, change) else None
    return {
        "series": series,
        "lessons": [(row, is_exception(series, row)) for row in lessons[:SHOWN]],
        "more": len(lessons) > SHOWN,
        "students": [] if series.batch else list(series.students.all()) if user.role != "student" else [],
        "skipped": series.skipped.filter(day__gte=academy_today()) if may_change else [],
        "may_end": may_change and any(row.is_on and _is_own(series, row) for row in lessons),
        "may_change": may_change and not series.ended_from and any(row.is_on for row in lessons),
        "undoable": undoable,
        "undo_said": UNDO[undoable.kind] if undoable else "",
        "next": Series.objects.visible_to(user).filter(continues=series).first(),
        "channel": CALENDAR if user.sees_all else "",
        "event": "" if user.sees_all else LESSONS,
    }


def _is_own(series: Series, row: Booking) -> bool:
    """Is it before the day from which a changed series continues this one?"""
    return not (series.ended_from and row.series_day and row.series_day >= series.ended_from)


UNDO: dict[str, str] = {
    SeriesChange.Kind.STARTED: "These lessons were just added.",
    SeriesChange.Kind.CHANGED: "These lessons were just changed.",
    SeriesChange.Kind.ENDED: "These lessons were just called off.",
}
