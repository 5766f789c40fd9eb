"""Series: started and ended as a whole. Their lessons are rows of their own; the past is never touched."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.scheduling import live, notices_series, policies
from apps.scheduling.actions.claims import lock, lock_batch, take
from apps.scheduling.actions.series_dates import plan_series, settled
from apps.scheduling.actions.series_plan import Choices, NewSeries, Plan
from apps.scheduling.actions.series_rows import OFF, called_off, give_up, locked_lessons, remembered
from apps.scheduling.models import Attendee, Booking, Series, SeriesChange, SkippedDay, rule_fields
from apps.scheduling.words import said


def start_series(
    actor: User, wanted: NewSeries, choices: Choices | None = None, known: Iterable[date] = ()
) -> tuple[Series, SeriesChange | None]:
    """Make a series with all its lessons, or nothing; the same `client_key` twice is one series.

    `choices` are what was said of single dates; `known` are dates on which a student has another lesson, as staff have
    seen. Raises PermissionDenied, ValidationError by field, Unsettled where dates clash.
    """
    if not policies.may_start_series(actor, wanted.teacher, wanted.batch, wanted.students):
        raise PermissionDenied("You can't start this series.")
    with transaction.atomic():
        lock([wanted.teacher.pk], [wanted.room.pk if wanted.room else None], wanted.students)
        wanted = replace(wanted, batch=lock_batch(wanted.batch))
        if wanted.client_key:
            made = Series.objects.filter(made_by=actor, client_key=wanted.client_key).first()
            if made:
                return made, None
        plan = plan_series(wanted, choices)
        settled(plan, known, anyway=actor.sees_all)
        series, change = create_series(actor, wanted, plan)
        notices_series.told(change, actor)
    return series, change


def create_series(actor: User, wanted: NewSeries, plan: Plan) -> tuple[Series, SeriesChange]:
    """The rows of a series and its lessons, and an audit entry; the caller has the locks and a settled plan."""
    series = save_series(actor, wanted, plan)
    rows = add_lessons(series, plan.rows, wanted, actor)
    skip_days(series, [each.day for each in plan.dates if each.skip])
    take(*rows, students=[student.pk for student in plan.students])
    change = SeriesChange.objects.create(
        series=series, kind=SeriesChange.Kind.STARTED, by=actor, made=[row.pk for row in rows]
    )
    audit.record(actor, "series.started", series, lessons=len(rows), teacher=wanted.teacher.pk)
    live.lessons_changed(*rows[:1])
    return series, change


def save_series(actor: User, wanted: NewSeries, plan: Plan) -> Series:
    """The series' own row; one that is open, or may go on when its batch does, is filled as far as its plan goes."""
    names = ("subject", "teacher", "batch", "room", "place", "at", "zone", "minutes", "client_key")
    series = Series(**{name: getattr(wanted, name) for name in names}, **rule_fields(wanted.rule), made_by=actor)
    if wanted.rule.is_open or wanted.batch:
        series.filled_until = plan.dates[-1].day
    series.save()
    series.students.set(wanted.students)
    return series


def add_lessons(series: Series, rows: Sequence[Booking], wanted: NewSeries, actor: User | None) -> list[Booking]:
    """Write the lessons of a series, whose time isn't taken yet."""
    for row in rows:
        row.series, row.made_by = series, actor
    made = Booking.objects.bulk_create(rows, batch_size=200)
    Attendee.objects.bulk_create(
        [Attendee(booking=row, student=student) for row in made for student in wanted.students], batch_size=500
    )
    return made


def skip_days(series: Series, days: Iterable[date], why: str = "") -> None:
    """Nothing makes a lesson of this series on these dates any more."""
    SkippedDay.objects.bulk_create(
        [SkippedDay(series=series, day=day, why=why[:300]) for day in days], ignore_conflicts=True
    )


def end_series(actor: User, series: Series, start: date, why: str) -> SeriesChange:
    """Call off all lessons from the date `start` on that have not begun; no more are made.

    Raises PermissionDenied, ValidationError at `reason` or without a field.
    """
    why = said(why)[:300]
    if not why:
        raise ValidationError({"reason": "Say why: the others are told."}, code="required")
    with transaction.atomic():
        series, rows = locked_lessons(actor, series, start)
        rows = [row for row in rows if row.is_on]
        before = [remembered(row) for row in rows]
        give_up(actor, [row.pk for row in rows])
        for row in rows:
            called_off(row, actor, why)
        Booking.objects.bulk_update(rows, OFF, batch_size=100)
        change = SeriesChange.objects.create(
            series=series,
            kind=SeriesChange.Kind.ENDED,
            by=actor,
            why=why,
            before=before,
            ended_before=series.ended_from,
        )
        Series.objects.filter(pk=series.pk).update(ended_from=start, updated=timezone.now())
        audit.record(actor, "series.ended", series, lessons=len(rows), start=start.isoformat())
        notices_series.told(change, actor)
        live.lessons_changed(*rows[:1])
    return change
