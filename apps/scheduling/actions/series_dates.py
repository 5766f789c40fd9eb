"""The dates of a series before anything is saved: when each would be, what clashes, and what clocks do to it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.formats import day as written
from apps.courses.models import Batch
from apps.scheduling.actions.bookings import check_room
from apps.scheduling.actions.series_clashes import mark_clashes
from apps.scheduling.actions.series_plan import KEEP, Choice, Choices, NewSeries, Plan, Planned, Unsettled
from apps.scheduling.models import Booking
from apps.scheduling.recurrence import AHEAD, MOST, Rule
from apps.students.models import Status, Student

# The last day that lessons are planned for.
LAST_YEAR = 2100


def dates_of(rule: Rule, batch: Batch | None = None, since: date | None = None) -> list[date]:
    """The dates that a new series has now: an open one's a year ahead, a batch's to its end.

    Raises ValidationError at the field for none and for too many, with the nearest that would do.
    """
    start = max(rule.first, since or rule.first)
    if rule.until and rule.until < rule.first:
        raise ValidationError({"until": f"It ends before it begins: give {written(rule.first)} or a later day."})
    if rule.count and rule.count > MOST:
        raise ValidationError({"count": f"A series has {MOST} lessons at most."})
    if batch and batch.end and batch.end < start:
        raise ValidationError({"day": f"{batch.name} ends on {written(batch.end)}: give that day or an earlier one."})
    last = date(LAST_YEAR, 12, 31)
    if rule.is_open:
        last = max(start, timezone.now().date() + AHEAD)
    if batch and batch.end:
        last = min(last, batch.end)
    found = rule.dates_between(start, last)
    end = "until" if rule.until else "count" if rule.count else "day"
    if not found:
        nearest = next(replace(rule, until=None, count=None).dates())
        text = f"There is no such day until then. The first would be {written(nearest)}."
        raise ValidationError({end: text}, code="none")
    if len(found) > MOST:
        text = f"A series has {MOST} lessons at most: the last of these would be on {written(found[MOST - 1])}."
        raise ValidationError({end: text}, code="many")
    if rule.count and not since and len(found) < rule.count and not (batch and batch.end):
        raise ValidationError({"count": f"Only {len(found)} of these lessons are before {LAST_YEAR + 1}."})
    return found


def lesson_of(wanted: NewSeries, day: date, choice: Choice = KEEP) -> Booking:
    """The lesson of one date, not saved."""
    row = Booking(
        subject=wanted.subject,
        teacher=wanted.teacher,
        batch=wanted.batch,
        course=wanted.batch.course if wanted.batch else None,
        room=wanted.room,
        place=wanted.place,
        series_day=day,
    )
    return row.timed(choice.day or day, choice.at or wanted.at, wanted.zone, wanted.minutes)


def planned_for(wanted: NewSeries, day: date, choice: Choice = KEEP) -> Planned:
    """One date as somebody chose it to be."""
    row = lesson_of(wanted, day, choice)
    return Planned(day, row, choice.skip, (row.day, row.at) != (day, wanted.at))


def plan_series(wanted: NewSeries, choices: Choices | None = None) -> Plan:
    """All dates of a series that isn't saved yet, with what clashes; ValidationError at the field for what can't be."""
    days = dates_of(wanted.rule, wanted.batch)
    plan = Plan([planned_for(wanted, day, (choices or {}).get(day, KEEP)) for day in days])
    plan.students = who_comes(wanted, plan.dates[0].row)
    check(wanted, plan)
    return plan


def who_comes(wanted: NewSeries, first: Booking) -> list[Student]:
    """Its students, or those who are in its batch at the first lesson."""
    return list(wanted.students or first.attendees())


def check(wanted: NewSeries, plan: Plan, ours: Sequence[int] = ()) -> None:
    """Say at the field what holds for all dates, and at each date what clashes; `ours` are lessons that give way."""
    if not wanted.teacher.is_active:
        raise ValidationError({"teacher": "This teacher can't sign in any more. Choose another."})
    if not wanted.students and wanted.batch is None:
        raise ValidationError({"students": "Choose at least one student, or a batch."})
    for student in wanted.students:
        if student.status == Status.LEFT:
            raise ValidationError({"students": f"{student.full_name} has left the academy."})
    check_room(wanted.room, len(plan.students))
    mark_clashes(plan, ours)


def settled(plan: Plan, known: Iterable[date], anyway: bool) -> None:
    """Raise Unsettled unless all can be, and whoever saves it has seen (`known`) which students have another lesson.

    Without `anyway` these dates can't be either.
    """
    dates, them = _words(len(plan.stopped))
    if plan.stopped:
        raise Unsettled(f"{dates} {'is' if them == 'it' else 'are'} taken or past: skip or move {them}.", plan)
    if not plan.rows and not plan.left and not any(each.kept for each in plan.dates):
        raise Unsettled("You skip every date: keep one at least.", plan)
    if plan.busy and not anyway:
        dates, them = _words(len(plan.busy))
        text = f"A student has another lesson on {dates.lower()}: skip or move {them}."
        if any(each.kept for each in plan.busy) or plan.left_busy:
            text = f"A student who joins has another lesson on {dates.lower()}. Move {them}, or leave the student out."
        raise Unsettled(text, plan)
    if any(each.day not in set(known) for each in plan.busy):
        raise Unsettled("A student has another lesson on some of these dates. Save again to book them anyway.", plan)


def _words(number: int) -> tuple[str, str]:
    return ("One date", "it") if number == 1 else (f"{number} dates", "them")
