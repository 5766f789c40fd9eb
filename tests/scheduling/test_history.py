"""Random histories of requests, lessons, series, moves, proposals, undo and jumps of the clock, against a plain count.

The zones change their clocks within the weeks that are played: by an hour, by half an hour, in both directions, and by
a law (Morocco's of 2026, which the pinned tzdata has).
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.courses.models import Enrollment
from apps.scheduling import actions
from apps.scheduling.actions import NewSeries, SeriesEdit
from apps.scheduling.models import Booking, Claim, LessonRequest, Proposal, Series, SeriesChange
from apps.scheduling.recurrence import Pattern, Rule

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
BEGIN, STEPS = datetime(2026, 10, 1, 12, tzinfo=UTC), 40
MINUTE = timedelta(minutes=1)
REFUSED = (ValidationError, PermissionDenied)


@cache
def plain_moment(day, at, zone):
    """The first minute at which a clock on the wall shows this; where none does, later by what it leaps over."""
    info, naive = ZoneInfo(zone), datetime.combine(day, at)
    minute = naive.replace(tzinfo=UTC) - timedelta(hours=15)
    before = None
    while (shown := minute.astimezone(info).replace(tzinfo=None)) < naive:
        before, minute = minute.replace(tzinfo=None) - shown, minute + MINUTE
    return minute if shown == naive else (naive + before).replace(tzinfo=UTC)


class Academy:
    """Two teachers, their students, and what is done to their lessons at random."""

    def __init__(self, cast, chance, clock):
        self.cast, self.chance, self.clock = cast, chance, clock
        self.sides = ((cast.teacher, cast.amina), (cast.teacher, cast.bruno), (cast.teacher2, cast.chloe))
        self.begun = {}
        self.sequences = {}
        # How often something was undone to the last row, and how often a request became lessons.
        self.undoings = self.agreed = 0

    def wall(self):
        """A day and time to come within six weeks, often in the small hours in which clocks change."""
        day = timezone.now().date() + timedelta(days=self.chance.randint(1, 40))
        hour = self.chance.choice([1, 2, 2, 3, 9, 10, 15])
        return day, time(hour, self.chance.choice([0, 15, 30])), self.chance.choice(ZONES)

    def coming(self):
        rows = list(Booking.objects.on().filter(start__gt=timezone.now()))
        return self.chance.choice(rows) if rows else None

    def book(self):
        teacher, student = self.chance.choice(self.sides)
        day, at, zone = self.wall()
        lesson = {"subject": "One", "day": day, "at": at, "zone": zone, "minutes": self.chance.choice([45, 60, 90])}
        actions.book(self.cast.staff, actions.Lesson(**lesson, teacher=teacher, students=(student,)), anyway=True)

    def move(self):
        if booking := self.coming():
            day, at, zone = self.wall()
            actions.move(self.cast.staff, booking, day, at, zone, booking.minutes, why="Other plans", anyway=True)

    def call_off(self):
        if booking := self.coming():
            actions.call_off(self.cast.staff, booking, "Ill")

    def propose(self):
        if booking := self.coming():
            times = [actions.WallTime(*self.wall()) for _ in range(self.chance.randint(1, 3))]
            actions.propose(self.cast.staff, booking, actions.Terms(times, "Please", "teacher"), anyway=True)

    def answer(self):
        for proposal in Proposal.objects.open()[:1]:
            if self.chance.random() < 0.6:
                actions.accept(self.cast.staff, proposal, proposal.times.first().pk, anyway=True)
            else:
                actions.refuse(self.cast.staff, proposal)

    def request(self):
        """Ask, or answer what was asked: agree, offer another time, decline."""
        asked = LessonRequest.objects.open().first()
        if asked is None:
            teacher, student = self.chance.choice(self.sides)
            self.ask(teacher, student, *self.wall())
        elif self.chance.random() < 0.6:
            actions.approve(self.cast.staff, asked, asked.times.get().pk, anyway=True)
            self.agreed += 1
        elif self.chance.random() < 0.5:
            actions.offer_times(self.cast.staff, asked, [actions.WallTime(*self.wall())])
        else:
            actions.decline(self.cast.staff, asked, "Full")

    def ask(self, teacher, student, day, at, zone):
        days = frozenset({day.weekday()})
        rule = self.chance.choice([None, Rule(Pattern.WEEKLY, day, 1, days, count=self.chance.randint(2, 4))])
        wish = actions.Wish(student, teacher, "Asked", 60, actions.WallTime(day, at, zone), rule=rule)
        actions.ask(self.cast.staff, wish)

    def wanted(self, teacher, student, first, at, zone):
        days = frozenset({first.weekday(), self.chance.randrange(7)})
        rule = Rule(Pattern.WEEKLY, first, self.chance.choice([1, 2]), days, count=self.chance.randint(2, 6))
        own = {"subject": "Series", "teacher": teacher, "at": at, "zone": zone, "minutes": 60, "students": (student,)}
        return NewSeries(rule=rule, **own)

    def start(self):
        actions.start_series(self.cast.staff, self.wanted(*self.chance.choice(self.sides), *self.wall()))

    def series(self):
        rows = Booking.objects.filter(series__ended_from=None, start__gt=timezone.now(), series_day__isnull=False)
        return self.chance.choice(list(rows.select_related("series__teacher"))) if rows else None

    def change(self):
        if booking := self.series():
            series, (_, at, zone) = booking.series, self.wall()
            wanted = self.wanted(series.teacher, series.students.get(), booking.series_day, at, zone)
            actions.change_series(self.cast.staff, series, SeriesEdit(booking.series_day, wanted, {}))

    def end(self):
        if booking := self.series():
            actions.end_series(self.cast.staff, booking.series, booking.series_day, "Enough")

    def undo(self):
        if change := SeriesChange.objects.order_by("-pk").first():
            actions.undo_series(self.cast.staff, change)

    def undone(self):
        """A series starts, changes or ends, and is undone: all is as it was."""
        before = picture()
        changes = set(SeriesChange.objects.values_list("pk", flat=True))
        proposed = set(Proposal.objects.open().values_list("pk", flat=True))
        self.chance.choice([self.start, self.change, self.end])()
        for change in SeriesChange.objects.exclude(pk__in=changes):
            actions.undo_series(self.cast.staff, change)
            self.undoings += 1
        # Times that were proposed for its lessons are proposed no longer, and not held.
        if proposed == set(Proposal.objects.open().values_list("pk", flat=True)):
            assert picture() == before
        else:
            assert picture()[0] == before[0]

    def wait(self):
        self.clock.shift(timedelta(hours=self.chance.choice([1, 30, 100])))
        actions.follow_proposals()
        actions.follow_requests()

    def play(self):
        """One thing, done or refused; what is refused changes nothing."""
        usual = [self.book, self.start, self.move, self.call_off, self.propose, self.answer, *[self.request] * 2]
        deed = self.chance.choice([*usual, self.change, self.end, self.undo, *[self.undone] * 3, self.wait])
        before = picture()
        try:
            deed()
        except REFUSED:
            assert deed == self.undone or picture() == before, deed.__name__
        self.check()

    def check(self):
        rows = list(Booking.objects.order_by("pk"))
        on = [row for row in rows if row.is_on]
        for row in rows:
            assert row.start == plain_moment(row.day, row.at, row.zone), (row.day, row.at, row.zone)
            assert row.end - row.start == row.minutes * MINUTE
            assert row.sequence >= self.sequences.get(row.uid, 0)
            self.sequences[row.uid] = row.sequence
        for one, other in combinations(on, 2):
            assert one.teacher_id != other.teacher_id or one.end <= other.start or other.end <= one.start
        assert sorted(Claim.objects.values_list("resource", "start", "end")) == sorted(claims(on))
        now = {row.pk: (row.start, row.end, row.state, row.teacher_id) for row in rows if row.start <= timezone.now()}
        assert {pk: now.get(pk) for pk in self.begun} == self.begun
        self.begun = {row.pk: now[row.pk] for row in on if row.pk in now}


def picture():
    """Everything that stands in the calendar, but not how often it changed."""
    names = ("uid", "start", "end", "state", "teacher", "subject", "series", "series_day")
    return (
        list(Booking.objects.order_by("uid").values_list(*names)),
        sorted(Claim.objects.values_list("resource", "start", "end")),
        sorted(Series.objects.values_list("pk", "ended_from")),
        sorted(Proposal.objects.values_list("pk", "state")),
        sorted(LessonRequest.objects.values_list("pk", "state", "turn")),
    )


def claims(on):
    """Minute by minute: what each lesson takes, and what is held for times proposed for it, beside its own."""
    for row in on:
        own = (row.start, row.end)
        yield (f"user-{row.teacher_id}", *own)
        held = set()
        for proposal in row.proposals.filter(state="open"):
            for each in proposal.times.all():
                minutes = int((each.end - each.start) / MINUTE)
                held |= {each.start + number * MINUTE for number in range(minutes)}
        held = sorted(minute for minute in held if not own[0] <= minute < own[1])
        starts = [minute for minute in held if minute - MINUTE not in held]
        ends = [minute + MINUTE for minute in held if minute + MINUTE not in held]
        for start, end in zip(starts, ends, strict=True):
            yield (f"user-{row.teacher_id}", start, end)


@pytest.mark.parametrize("seed", [2, 5, 6])
def test_any_history_leaves_what_a_plain_list_says(cast, seed):
    Enrollment.objects.update(enrolled_at=BEGIN - timedelta(days=30))
    with time_machine.travel(BEGIN, tick=False) as clock:
        academy = Academy(cast, random.Random(seed), clock)
        for _ in range(STEPS):
            academy.play()
        assert len(academy.sequences) > 3
        assert academy.undoings
        assert academy.agreed


def test_the_plain_clock_knows_what_clocks_do():
    assert plain_moment(date(2027, 3, 28), time(2, 30), "Europe/Berlin") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert plain_moment(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    lord_howe = datetime(2026, 10, 3, 15, 45, tzinfo=UTC)
    assert plain_moment(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe") == lord_howe
