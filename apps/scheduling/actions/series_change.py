"""A series changes from a date on: a list of old and new, and then all of it at once.

The lessons to come are moved, called off or added; those that have begun stay. What was changed of a single lesson is
an exception: it is named, and stays unless somebody says otherwise.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices_series, policies
from apps.scheduling.actions.claims import take
from apps.scheduling.actions.series import add_lessons, save_series, skip_days
from apps.scheduling.actions.series_clashes import mark_joining
from apps.scheduling.actions.series_dates import check, dates_of, planned_for, settled, who_comes
from apps.scheduling.actions.series_plan import KEEP, Choices, NewSeries, Plan, Planned
from apps.scheduling.actions.series_rows import (
    OFF,
    WRITTEN,
    called_off,
    changed,
    give_up,
    is_exception,
    locked_lessons,
    remembered,
)
from apps.scheduling.actions.series_students import others_in, set_students
from apps.scheduling.actions.series_waiting import after_the_end, as_it_was, carry_waiting, waiting_in
from apps.scheduling.actions.superseded import end_proposals
from apps.scheduling.models import (
    Booking,
    BookingMove,
    BookingState,
    Claim,
    RequestState,
    Series,
    SeriesChange,
    SkippedDay,
)
from apps.scheduling.recurrence import Pattern
from apps.students.models import Status

SERIES_CHANGED = "The series was changed."


@dataclass(frozen=True)
class SeriesEdit:
    """How a series is to go on from the date `start`; dates in `anew` are exceptions that change like the others."""

    start: date
    wanted: NewSeries
    choices: Choices
    anew: Collection[date] = ()


def plan_change(series: Series, edit: SeriesEdit, rows: Sequence[Booking] | None = None) -> Plan:
    """Old and new, date by date; `rows` are its lessons to come from that date on, where the caller has locked them."""
    own = Booking.objects.filter(series=series, series_day__gte=edit.start)
    if rows is None:
        found = list(own.select_related("teacher", "room", "batch").order_by("start"))
        rows = [row for row in found if not row.begun]
        begun = {row.series_day for row in found if row.begun}
    else:
        begun = set(own.filter(start__lte=timezone.now()).values_list("series_day", flat=True))
    wanted = edit.wanted
    skipped = set(SkippedDay.objects.filter(series=series, day__gte=edit.start).values_list("day", flat=True))
    there: dict[date, Booking | None] = dict.fromkeys(skipped)
    there |= {row.series_day: row for row in rows if row.series_day}
    days = [day for day in dates_of(wanted.rule, wanted.batch, edit.start) if day not in begun]
    pairs = matched(sorted(there), days, wanted.rule.pattern)
    plan = Plan([], waiting=waiting_in(series))
    for day in days:
        was = pairs.get(day)
        plan.dates.append(_date(series, edit, plan, day, there.get(was) if was else None, was))
    _sort_rest(series, edit, plan, {day: row for day, row in there.items() if day not in set(pairs.values())})
    plan.students = who_comes(wanted, plan.dates[0].row) if plan.dates else []
    ours = [row.pk for row in plan.off] + [each.old.pk for each in plan.dates if each.old and not each.kept]
    if not wanted.batch:
        _mark_people(series, wanted, plan)
    check(wanted, plan, ours)
    mark_joining(plan, ours)
    return plan


def _sort_rest(series: Series, edit: SeriesEdit, plan: Plan, rest: dict[date, Booking | None]) -> None:
    """Plan the lessons and skipped dates for which the new rule has no date."""
    batch = edit.wanted.batch
    plan.beyond = after_the_end(edit.wanted, rest, matched, batch.end if batch else None)
    taken = {each.was for each in plan.beyond}
    for day in sorted(set(rest) - taken):
        if old := rest[day]:
            keeps = day not in edit.anew and is_exception(series, old)
            (plan.left if keeps or not old.is_on else plan.off).append(old)


def _mark_people(series: Series, wanted: NewSeries, plan: Plan) -> None:
    """Say in the plan who will take part and doesn't now, and the other way round."""
    now = [student for student in series.students.all() if student.status != Status.LEFT]
    plan.joining = [student for student in wanted.students if student not in now]
    plan.leaving = [student for student in now if student not in wanted.students]


def _date(series: Series, edit: SeriesEdit, plan: Plan, day: date, old: Booking | None, was: date | None) -> Planned:
    """One date of the new rule, with what is in its place now: a lesson, a date that was skipped, or nothing."""
    each = planned_for(edit.wanted, day, edit.choices.get(day, KEEP))
    each.old, each.was = old, was
    each.exception = was is not None and (old is None or is_exception(series, as_it_was(old, plan.waiting)))
    if each.exception and was not in edit.anew:
        each.kept, each.skip, each.moved = True, old is None, False
    return each


def matched(old: Sequence[date], new: Sequence[date], pattern: str) -> dict[date, date]:
    """For dates of the new rule the dates of the old one whose lessons go there.

    The same date first; then, within a week (or a month, where it repeats by months), one after the other.
    """
    pairs = {day: day for day in set(old) & set(new)}

    def period(day: date) -> tuple[int, int]:
        return day.isocalendar()[:2] if pattern == Pattern.WEEKLY else (day.year, day.month)

    waiting: dict[tuple[int, int], list[date]] = {}
    for day in old:
        if day not in pairs:
            waiting.setdefault(period(day), []).append(day)
    for day in new:
        if day not in pairs and (rest := waiting.get(period(day))):
            pairs[day] = rest.pop(0)
    return pairs


def change_series(
    actor: User, series: Series, edit: SeriesEdit, known: Iterable[date] = ()
) -> tuple[Series, SeriesChange]:
    """Let a series go on in another way from a date on, as a series of its own; all of it, or nothing.

    Raises PermissionDenied, ValidationError by field, Unsettled where dates clash.
    """
    with transaction.atomic():
        wanted = edit.wanted
        series, rows = locked_lessons(actor, series, edit.start, wanted.teacher, wanted.room, wanted.students)
        if wanted.batch:
            wanted = replace(wanted, batch=series.batch)
            edit = replace(edit, wanted=wanted)
        if not policies.may_start_series(actor, wanted.teacher, wanted.batch, wanted.students):
            raise PermissionDenied("You don't teach all of these students any more. You can end the series.")
        plan = plan_change(series, edit, rows)
        settled(plan, known, anyway=actor.sees_all)
        others = {} if wanted.batch else others_in(plan.staying, wanted.students)
        left = [row for row in plan.left if row.pk in others]
        before = [remembered(row) for row in [*plan.olds, *plan.off, *left]]
        for was in before:
            was.update({"students": others[was["id"]]} if was["id"] in others else {})
        new = _successor(actor, series, edit, plan)
        made, moves = _apply(actor, new, wanted, plan)
        carry_waiting(series, new, plan)
        _let_in(actor, others, left, [student.pk for student in wanted.students])
        return new, _recorded(actor, series, new, plan, made=made, moves=moves, before=before)


def _successor(actor: User, series: Series, edit: SeriesEdit, plan: Plan) -> Series:
    """Save the series that continues from the date of the change, and end the old one there."""
    new = save_series(actor, edit.wanted, plan)
    Series.objects.filter(pk=series.pk).update(ended_from=edit.start, updated=timezone.now())
    new.continues, new.since = series, edit.start
    new.save(update_fields=["continues", "since", "updated"])
    return new


def _recorded(actor: User, series: Series, new: Series, plan: Plan, **written: list[Any]) -> SeriesChange:
    """Record the change for undo and the audit, and notify the people it affects."""
    change = SeriesChange.objects.create(
        series=new, kind=SeriesChange.Kind.CHANGED, by=actor, ended_before=series.ended_from, **written
    )
    people = {"joined": [each.pk for each in plan.joining], "left": [each.pk for each in plan.leaving]}
    detail = {name: ids for name, ids in people.items() if ids} | {"lessons": len(written["before"])}
    audit.record(actor, "series.changed", new, was=series.pk, start=str(new.since), **detail)
    notices_series.told(change, actor)
    live.lessons_changed(also=[series.teacher_id, *notices_series.people_of_change(change)])
    return change


def _apply(actor: User, new: Series, wanted: NewSeries, plan: Plan) -> tuple[list[int], list[int]]:
    """Write the lessons; returns the ids of those that were made, and of the moves."""
    olds = {each.old.pk: each for each in plan.dates if each.old}
    touched = [pk for pk, each in olds.items() if not each.kept] + [row.pk for row in plan.off]
    give_up(actor, touched)
    moves, placed = [], []
    for each in plan.dates:
        if (old := each.old) is None:
            continue
        old.series, old.series_day = new, each.day
        if each.kept:
            changed(old, timed=False)
        elif each.skip:
            called_off(old, actor, SERIES_CHANGED)
        else:
            moves += _place(actor, old, each.row)
            placed.append(old)
    for row in plan.off:
        called_off(row, actor, SERIES_CHANGED)
    for each in plan.beyond:
        if each.old:
            each.old.series, each.old.series_day = new, each.day
            changed(each.old, timed=False)
    Booking.objects.bulk_update(plan.olds, WRITTEN, batch_size=50)
    Booking.objects.bulk_update(plan.off, OFF, batch_size=100)
    made = add_lessons(new, [each.row for each in plan.dates if each.is_new], wanted, actor)
    skip_days(new, [each.day for each in plan.dates if each.skip and each.old is None])
    skip_days(new, [each.day for each in plan.beyond if each.old is None])
    take(*placed, *made, students=[student.pk for student in plan.students])
    return [row.pk for row in made], [row.pk for row in BookingMove.objects.bulk_create(moves)]


def _let_in(actor: User, others: Iterable[int], left: list[Booking], students: list[int]) -> None:
    """Have these students alone take part in the lessons `others`; a time that is proposed for one of these ends."""
    Booking.objects.bulk_update([changed(row, timed=False) for row in left], ["sequence", "updated"], batch_size=100)
    for booking in Booking.objects.filter(pk__in=others, proposals__state=RequestState.OPEN):
        end_proposals(actor, booking)
    Claim.objects.filter(proposal__booking__in=others).delete()
    set_students(dict.fromkeys(others, students))


def _place(actor: User, old: Booking, row: Booking) -> list[BookingMove]:
    """Put a lesson where the plan has it, not saved; returns its move, if it is at another time or in another room."""
    was: dict[str, Any] = {"was_start": old.start, "was_minutes": old.minutes, "was_room": old.room}
    moved = (old.start, old.minutes, old.room_id) != (row.start, row.minutes, row.room_id)
    old.timed(row.day, row.at, row.zone, row.minutes)
    old.subject, old.teacher, old.room, old.place = row.subject, row.teacher, row.room, row.place
    old.state, old.called_off_at, old.called_off_by, old.reason = BookingState.ON, None, None, ""
    changed(old, timed=moved)
    to = {"to_start": old.start, "to_minutes": old.minutes, "to_room": old.room}
    return [BookingMove(booking=old, by=actor, why=SERIES_CHANGED, **was, **to)] if moved else []


def rule_from(series: Series, start: date, wanted: NewSeries) -> NewSeries:
    """The same series with its rule's own first date, where only other things than its dates change.

    So the 31st stays the 31st after a shorter month, and every second week stays the same week.
    """
    old, new = series.rule, wanted.rule
    if (old.pattern, old.interval) != (new.pattern, new.interval) or new.first != start:
        return wanted
    if old.pattern == Pattern.WEEKLY and (old.weekdays or {old.first.weekday()}) != (
        new.weekdays or {new.first.weekday()}
    ):
        return wanted
    count = new.count and new.count + len([day for day in old.dates_between(old.first, start) if day < start])
    return replace(wanted, rule=replace(old, until=new.until, count=count))
