"""The dates of a series before anything is saved: when each would be, what clashes, and what clocks do to it."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import User
from apps.core.formats import day as written
from apps.courses.models import Batch, Enrollment
from apps.scheduling.actions.bookings import check_room
from apps.scheduling.actions.claims import Span
from apps.scheduling.models import Attendee, Booking, Claim, Room
from apps.scheduling.models.bookings import LONGEST_SPAN
from apps.scheduling.recurrence import AHEAD, MOST, Rule
from apps.scheduling.wall_time import Clock
from apps.students.models import Status, Student

# The last day that lessons are planned for.
LAST_YEAR = 2100


@dataclass(frozen=True)
class NewSeries:
    """A series to be: what and who, and when on whose clock. For `students` or for a `batch`, with which it ends."""

    subject: str
    teacher: User
    rule: Rule
    at: time
    zone: str
    minutes: int
    students: tuple[Student, ...] = ()
    batch: Batch | None = None
    room: Room | None = None
    place: str = ""
    client_key: Any = None


@dataclass(frozen=True)
class Choice:
    """What somebody chose for one date: to skip it, or another time (on the series' clock) than the rule's."""

    skip: bool = False
    day: date | None = None
    at: time | None = None


KEEP = Choice()
Choices = Mapping[date, Choice]


@dataclass
class Planned:
    """One date of a series: `day` is the rule's, `row` the lesson as it would be."""

    day: date
    row: Booking
    skip: bool = False
    moved: bool = False
    # Why there can't be a lesson then, and which students have another one.
    taken: str = ""
    busy: str = ""
    # The lesson that is there now, where a series changes.
    old: Booking | None = None
    # The date on which the rule had it before, and what makes it an exception.
    was: date | None = None
    exception: bool = False
    # An exception that stays as it is.
    kept: bool = False

    @property
    def clock(self) -> Clock:
        """What a change of clocks does to it."""
        return self.row.clock

    @property
    def value(self) -> str:
        """Its wall time as a browser's own field has it."""
        return f"{self.row.day:%Y-%m-%d}T{self.row.at:%H:%M}"

    @property
    def is_new(self) -> bool:
        """Does it make a lesson that isn't there yet?"""
        return self.old is None and not self.skip and not self.kept

    @property
    def holds(self) -> bool:
        """Will there be a lesson that this series places?"""
        return not self.skip and not self.kept

    @property
    def stops(self) -> bool:
        """Must it be skipped or moved before the series can be saved?"""
        return self.holds and bool(self.taken)


@dataclass
class Plan:
    """All dates of a series, with the lessons that would be called off by a change of one."""

    dates: list[Planned]
    off: list[Booking] = field(default_factory=list)
    # Exceptions that have no date in the new rule: they stay as they are.
    left: list[Booking] = field(default_factory=list)
    students: list[Student] = field(default_factory=list)

    @property
    def rows(self) -> list[Booking]:
        """The lessons that it places."""
        return [each.row for each in self.dates if each.holds]

    @property
    def stopped(self) -> list[Planned]:
        """What must be settled first."""
        return [each for each in self.dates if each.stops]

    @property
    def busy(self) -> list[Planned]:
        """Those at which a student has another lesson."""
        return [each for each in self.dates if each.holds and each.busy]

    @property
    def turned(self) -> list[Planned]:
        """Those whose time doesn't exist, or exists twice."""
        return [each for each in self.dates if each.holds and each.clock]


class Unsettled(ValidationError):  # noqa: N818 - no error: whoever saves it is asked
    """Some of the dates can't be, or wait for a word: the plan says which."""

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message, code="unsettled")
        self.plan = plan


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


def mark_clashes(plan: Plan, ours: Sequence[int] = ()) -> None:
    """Write at each date who and what is taken then: as many queries for a year of dates as for one."""
    placed = sorted((each for each in plan.dates if each.holds), key=lambda each: each.row.start)
    if not placed:
        return
    for each in placed:
        each.taken = "This time has passed." if each.row.start <= timezone.now() else ""
        batch = each.row.batch
        if batch and batch.end and batch.end < each.row.day:
            each.taken = f"{batch.name} ends before this day."
    for one, two in pairwise(placed):
        if two.row.start < one.row.end:
            two.taken = "Another lesson of this series is at this time."
    window = (placed[0].row.start - LONGEST_SPAN, max(each.row.end for each in placed))
    first = placed[0].row
    names = {f"user-{first.teacher_id}": first.teacher.full_name if first.teacher else ""}
    names |= {f"room-{first.room_id}": first.room.name} if first.room else {}
    rows = Claim.objects.filter(resource__in=names, start__gt=window[0], start__lt=window[1])
    rows = rows.exclude(booking__in=ours).exclude(proposal__booking__in=ours) if ours else rows
    for resource, name in names.items():
        spans = sorted(
            (start, end) for taken, start, end in rows.values_list("resource", "start", "end") if taken == resource
        )
        for each in placed:
            if not each.taken and _meets(spans, each.row.span):
                each.taken = f"{name} is taken at this time."
    _mark_busy(placed, plan.students, window, ours)


def _mark_busy(placed: list[Planned], students: list[Student], window: Span, ours: Sequence[int]) -> None:
    """Write at each date which of the students have another lesson then."""
    ids = [student.pk for student in students]
    lessons = Booking.objects.taught_to(Student.objects.filter(pk__in=ids)).on().exclude(pk__in=ours)
    rows = lessons.filter(start__gt=window[0], start__lt=window[1]).values_list("start", "end", "pk", "batch", "rolled")
    spans = sorted(rows, key=lambda row: row[0])
    met = {each.day: [row for row in spans if row[0] < each.row.end and row[1] > each.row.start] for each in placed}
    bookings = {row[2] for rows in met.values() for row in rows}
    if not bookings:
        return
    named: dict[int, set[int]] = {}
    for booking, student in Attendee.objects.filter(booking__in=bookings, student__in=ids).values_list(
        "booking", "student"
    ):
        named.setdefault(booking, set()).add(student)
    batches = {row[3] for rows in met.values() for row in rows if row[3] and row[4] is None}
    inside: dict[int, set[int]] = {}
    places = Enrollment.objects.not_ended().filter(batch__in=batches, student__in=ids)
    for batch, student in places.values_list("batch", "student"):
        inside.setdefault(batch or 0, set()).add(student)
    for each in placed:
        busy = {pk for row in met[each.day] for pk in named.get(row[2], set()) | inside.get(row[3] or 0, set())}
        words = [student.short_name for student in students if student.pk in busy]
        if words:
            more = f" and {len(words) - 3} more" if len(words) > 3 else ""
            each.busy = f"{', '.join(words[:3])}{more} {'have' if len(words) > 1 else 'has'} another lesson then."


def _meets(spans: Sequence[Span], span: Span) -> bool:
    """Does any of these spans, which don't overlap and are in order, overlap another?"""
    after = bisect_left(spans, (span[1], span[1]))
    return any(end > span[0] for _, end in spans[max(0, after - 2) : after])


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
        raise Unsettled(f"A student has another lesson on {dates.lower()}: skip or move {them}.", plan)
    if any(each.day not in set(known) for each in plan.busy):
        raise Unsettled("A student has another lesson on some of these dates. Save again to book them anyway.", plan)


def _words(number: int) -> tuple[str, str]:
    return ("One date", "it") if number == 1 else (f"{number} dates", "them")
