"""Series: all dates before saving, all lessons or none, exceptions kept, the past untouched, undone as a whole."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.utils import timezone

from apps.courses.models import Batch, Enrollment
from apps.notifications.models import Event
from apps.scheduling import actions
from apps.scheduling.actions import Choice, NewSeries, SeriesEdit
from apps.scheduling.actions.series_change import matched
from apps.scheduling.models import Attendance, Booking, BookingMove, Claim, Series, SeriesChange, SkippedDay
from apps.scheduling.recurrence import MOST, Pattern, Rule
from apps.students.models import Status
from tests import factories

BERLIN = "Europe/Berlin"
TUESDAY = date(2026, 10, 13)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


PHYSICS = {"subject": "Physics", "zone": BERLIN, "minutes": 60}


@pytest.fixture(autouse=True)
def october(cast):
    """Every test begins on 1 October 2026, before clocks change in Europe."""
    Enrollment.objects.update(enrolled_at=NOW - timedelta(days=30))
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def weekly(first=TUESDAY, **more):
    return Rule(Pattern.WEEKLY, first, **{"count": 4} | more)


def new(cast, rule=None, **more):
    own = {"subject": "Algebra", "teacher": cast.teacher, "at": time(17), "zone": BERLIN, "minutes": 60}
    own |= {"students": (cast.amina,)} if "batch" not in more else {}
    return NewSeries(rule=rule or weekly(), **own | more)


def starts(series=None):
    rows = Booking.objects.order_by("start")
    rows = rows.filter(series=series) if series else rows
    return [row.start.strftime("%m-%d %H:%M") for row in rows.on()]


def start(cast, *args, **more):
    return actions.start_series(cast.staff, new(cast, *args, **more))[0]


def physics(cast, day, at=time(17), **more):
    """A single lesson of the same teacher, for Chloe."""
    own = {"teacher": cast.teacher, "students": (cast.chloe,), "day": day, "at": at}
    return actions.book(cast.staff, actions.Lesson(**PHYSICS | own | more))


def told(kind):
    return {pk for people in Event.objects.filter(kind=kind).values_list("people", flat=True) for pk in people}


RULES = [
    ("V1", weekly(), BERLIN, "10-13 15:00, 10-20 15:00, 10-27 16:00, 11-03 16:00"),
    ("V16", weekly(count=None, until=date(2026, 11, 3)), BERLIN, "10-13 15:00, 10-20 15:00, 10-27 16:00, 11-03 16:00"),
    ("every second", weekly(interval=2, count=2), BERLIN, "10-13 15:00, 10-27 16:00"),
    ("two days", weekly(weekdays=frozenset({1, 3}), count=3), BERLIN, "10-13 15:00, 10-15 15:00, 10-20 15:00"),
    ("2nd Tuesday", Rule(Pattern.MONTH_WEEKDAY, TUESDAY, count=3), BERLIN, "10-13 15:00, 11-10 16:00, 12-08 16:00"),
    ("V18b", Rule(Pattern.MONTH_DAY, date(2027, 1, 31), count=3), BERLIN, "01-31 16:00, 02-28 16:00, 03-31 15:00"),
    ("V3", weekly(date(2026, 10, 21), count=3), "America/New_York", "10-21 21:00, 10-28 21:00, 11-04 22:00"),
]


@pytest.mark.parametrize(("name", "rule", "zone", "expected"), RULES)
def test_a_series_has_these_lessons(cast, name, rule, zone, expected):
    assert starts(start(cast, rule, zone=zone)) == expected.split(", ")
    assert Claim.objects.count() == Booking.objects.count()


def test_before_saving_clock_changes_and_clashes_are_marked(cast):
    physics(cast, date(2026, 10, 20), time(17, 30))
    plan = actions.plan_series(new(cast))
    assert [each.taken for each in plan.dates] == ["", "Tariq Teacher is taken at this time.", "", ""]
    assert not Series.objects.exists()
    night = actions.plan_series(new(cast, weekly(date(2027, 3, 21), count=2), at=time(2, 30)))
    assert [each.clock for each in night.dates] == ["", "skipped"]
    twice = actions.plan_series(new(cast, weekly(date(2026, 10, 25), count=1), at=time(2, 30)))
    assert [each.clock for each in twice.turned] == ["twice"]


def test_a_clash_makes_nothing_until_it_is_skipped_or_moved(cast):
    taken = date(2026, 10, 20)
    physics(cast, taken, time(17, 30))
    with pytest.raises(actions.Unsettled, match="One date is taken or past") as refused:
        start(cast)
    assert [each.day for each in refused.value.plan.stopped] == [taken]
    assert not Series.objects.exists()
    assert Booking.objects.count() == 1
    moved = {taken: Choice(day=date(2026, 10, 21), at=time(9))}
    series, _ = actions.start_series(cast.staff, new(cast), moved)
    assert starts(series) == ["10-13 15:00", "10-21 07:00", "10-27 16:00", "11-03 16:00"]
    assert Booking.objects.get(series=series, series_day=taken).day == date(2026, 10, 21)
    other, _ = actions.start_series(
        cast.staff, new(cast, students=(cast.bruno,), at=time(10)), {taken: Choice(skip=True)}
    )
    assert len(starts(other)) == 3
    assert other.skipped.get().day == taken


def test_a_students_other_lesson_is_a_word_to_staff_and_refused_to_a_teacher(cast):
    physics(cast, TUESDAY, teacher=cast.teacher2, students=(cast.amina,))
    with pytest.raises(actions.Unsettled, match="book them anyway") as refused:
        start(cast)
    assert refused.value.plan.dates[0].busy == "Amina has another lesson then."
    with pytest.raises(actions.Unsettled, match="A student has another lesson on one date"):
        actions.start_series(cast.teacher, new(cast), known={TUESDAY})
    series, _ = actions.start_series(cast.staff, new(cast), known={TUESDAY})
    assert len(starts(series)) == 4


@pytest.mark.parametrize(
    ("rule", "field", "said"),
    [
        (weekly(count=None, until=date(2026, 10, 1)), "until", "13 Oct 2026 or a later day"),
        (
            weekly(date(2026, 10, 14), weekdays=frozenset({1}), count=None, until=date(2026, 10, 18)),
            "until",
            "20 Oct 2026",
        ),
        (weekly(count=None, until=date(2099, 1, 1)), "until", f"{MOST} lessons at most"),
        (weekly(count=MOST, interval=52), "count", "before 2101"),
        (weekly(count=5_000), "count", f"{MOST} lessons at most"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_with_the_nearest_that_would_do(cast, rule, field, said):
    with pytest.raises(ValidationError) as refused:
        start(cast, rule)
    assert said in refused.value.message_dict[field][0]


def test_what_holds_for_all_dates_is_said_at_its_field(cast):
    gone, left = factories.user(is_active=False), factories.student(status=Status.LEFT)
    small, big = factories.room(name="Cupboard", seats=1), factories.room(name="Hall", seats=9)
    for more, field in (
        ({"teacher": gone}, "teacher"),
        ({"students": (left,)}, "students"),
        ({"students": ()}, "students"),
        ({"room": small, "batch": cast.batch}, "room"),
    ):
        with pytest.raises(ValidationError) as refused:
            start(cast, **more)
        assert field in refused.value.message_dict, more
    assert "Hall has 9" in str(refused.value)
    assert start(cast, room=big, batch=cast.batch)


@pytest.mark.parametrize(
    ("who", "more", "may"),
    [
        ("staff", {}, True),
        ("teacher", {}, True),
        ("teacher", {"students": "chloe"}, False),
        ("teacher2", {}, False),
        ("teacher", {"batch": "batch2"}, False),
        ("teacher", {"batch": "batch"}, True),
        ("amina_user", {}, False),
    ],
)
def test_staff_start_any_series_and_teachers_those_of_their_own(cast, who, more, may):
    found = {name: getattr(cast, value) for name, value in more.items()}
    if "students" in found:
        found["students"] = (found["students"],)
    if may:
        assert actions.start_series(getattr(cast, who), new(cast, **found))
    else:
        with pytest.raises(PermissionDenied):
            actions.start_series(getattr(cast, who), new(cast, **found))


def test_the_same_form_twice_is_one_series_and_people_are_told_once(cast):
    wanted = new(cast, client_key=uuid.uuid4())
    first, second = (actions.start_series(cast.staff, wanted)[0] for _ in range(2))
    assert first == second
    assert Booking.objects.count() == 4
    assert told("lesson_series") == {cast.amina_user.pk, cast.teacher.pk}
    assert Event.objects.filter(kind="lesson_series").count() == 1
    assert not Event.objects.filter(kind="lesson_booked").exists()


def test_a_series_is_undone_whole_for_ten_minutes_and_nobody_hears_of_it(cast, october):
    series, change = actions.start_series(cast.staff, new(cast))
    october.shift(timedelta(minutes=9))
    assert actions.undo_series(cast.staff, change) is None
    assert not Series.objects.exists()
    assert not Booking.objects.exists()
    assert not Claim.objects.exists()
    series, change = actions.start_series(cast.staff, new(cast))
    october.shift(timedelta(minutes=10))
    with pytest.raises(ValidationError, match="can't be undone any more"):
        actions.undo_series(cast.staff, change)
    assert len(starts(series)) == 4


def test_undo_is_refused_once_a_lesson_was_touched(cast):
    _, change = actions.start_series(cast.staff, new(cast))
    actions.call_off(cast.staff, Booking.objects.first(), "Ill")
    with pytest.raises(ValidationError, match="changed since"):
        actions.undo_series(cast.staff, change)
    assert Booking.objects.count() == 4


def edit(cast, series, first=None, rule=None, choices=None, anew=(), **more):
    first = (
        first or Booking.objects.filter(series=series, start__gt=timezone.now()).order_by("start").first().series_day
    )
    left = Booking.objects.filter(series=series, series_day__gte=first).count()
    wanted = new(cast, rule or weekly(first, count=left), **more)
    return SeriesEdit(first, actions.rule_from(series, first, wanted), choices or {}, anew)


def snapshot():
    rows = Booking.objects.order_by("uid")
    return list(
        rows.values_list(
            "uid", "day", "at", "start", "end", "state", "teacher", "room", "subject", "series", "series_day"
        )
    )


def claimed():
    return sorted(Claim.objects.values_list("resource", "start", "end"))


def test_this_and_the_following_change_and_undo_gives_all_of_it_back(cast):
    series = start(cast)
    before, taken, uids = snapshot(), claimed(), set(Booking.objects.values_list("uid", flat=True))
    changed, change = actions.change_series(cast.staff, series, edit(cast, series, date(2026, 10, 27), at=time(18)))
    assert starts(series) == ["10-13 15:00", "10-20 15:00"]
    assert starts(changed) == ["10-27 17:00", "11-03 17:00"]
    assert set(Booking.objects.values_list("uid", flat=True)) == uids
    assert BookingMove.objects.count() == 2
    assert set(Booking.objects.filter(series=changed).values_list("sequence", flat=True)) == {1}
    series.refresh_from_db()
    assert series.ended_from == date(2026, 10, 27)
    assert actions.undo_series(cast.staff, change) == series
    assert (snapshot(), claimed()) == (before, taken)
    assert not BookingMove.objects.exists()
    assert set(Booking.objects.order_by("start")[2:].values_list("sequence", flat=True)) == {2}
    series.refresh_from_db()
    assert series.ended_from is None


def test_lessons_may_change_into_each_others_hours(cast):
    """Back to back on one day, all shifted by an hour: claims are given up before they are taken."""
    rule = weekly(date(2026, 10, 12), weekdays=frozenset({0, 1}), count=6)
    series = start(cast, rule, minutes=60)
    changed, _ = actions.change_series(cast.staff, series, edit(cast, series, rule=rule, at=time(17, 30)))
    assert starts(changed)[:2] == ["10-12 15:30", "10-13 15:30"]


def test_exceptions_are_kept_unless_one_says_otherwise(cast):
    series = start(cast)
    rows = list(Booking.objects.order_by("start"))
    actions.move(cast.staff, rows[1], date(2026, 10, 21), time(9), BERLIN, 60)
    actions.call_off(cast.staff, rows[2], "Holiday")
    plan = actions.plan_change(series, edit(cast, series, at=time(18)))
    assert [each.exception for each in plan.dates] == [False, True, True, False]
    changed, change = actions.change_series(cast.staff, series, edit(cast, series, at=time(18)))
    assert starts(changed) == ["10-13 16:00", "10-21 07:00", "11-03 17:00"]
    assert Booking.objects.filter(series=changed, state="called_off").count() == 1
    actions.undo_series(cast.staff, change)
    days = {date(2026, 10, 20), date(2026, 10, 27)}
    again, _ = actions.change_series(cast.staff, series, edit(cast, series, at=time(18), anew=days))
    assert starts(again) == ["10-13 16:00", "10-20 16:00", "10-27 17:00", "11-03 17:00"]


def test_skipped_dates_stay_skipped(cast):
    skipped = date(2026, 10, 20)
    series, _ = actions.start_series(cast.staff, new(cast), {skipped: Choice(skip=True)})
    changed, _ = actions.change_series(cast.staff, series, edit(cast, series, rule=weekly(), at=time(18)))
    assert starts(changed) == ["10-13 16:00", "10-27 17:00", "11-03 17:00"]
    assert changed.skipped.get().day == skipped
    back, _ = actions.change_series(cast.staff, changed, edit(cast, changed, rule=weekly(), anew={skipped}))
    assert len(starts(back)) == 4


def test_fewer_days_call_lessons_off_and_more_days_add_some(cast):
    series = start(cast, weekly(count=None, until=date(2026, 11, 3)))
    two = weekly(count=None, until=date(2026, 11, 3), weekdays=frozenset({1, 3}))
    more, _ = actions.change_series(cast.staff, series, edit(cast, series, rule=two))
    assert len(starts(more)) == 7
    less, change = actions.change_series(
        cast.staff, more, edit(cast, more, rule=weekly(count=None, interval=2, until=date(2026, 11, 3)))
    )
    assert starts(less) == ["10-13 15:00", "10-27 16:00"]
    assert Booking.objects.filter(state="called_off").count() == 5
    assert len(claimed()) == 2
    actions.undo_series(cast.staff, change)
    assert len(starts(more)) == 7
    assert len(claimed()) == 7


def test_the_past_is_never_touched(cast, october):
    series = start(cast)
    october.move_to(datetime(2026, 10, 21, tzinfo=UTC))
    first = Booking.objects.order_by("start").first()
    actions.mark(cast.staff, first, cast.amina, "present")
    held = list(Booking.objects.filter(start__lt=timezone.now()).order_by("pk").values())
    wanted = new(cast, weekly(date(2026, 10, 27), count=2), at=time(18))
    for begin in (date(2026, 10, 27), TUESDAY):
        actions.undo_series(cast.staff, actions.change_series(cast.staff, series, SeriesEdit(begin, wanted, {}))[1])
        assert list(Booking.objects.filter(start__lt=timezone.now()).order_by("pk").values()) == held
    change = actions.end_series(cast.staff, series, TUESDAY, "Moved away")
    assert list(Booking.objects.filter(start__lt=timezone.now()).order_by("pk").values()) == held
    assert starts(series) == ["10-13 15:00", "10-20 15:00"]
    assert Attendance.objects.count() == 1
    actions.undo_series(cast.staff, change)
    assert len(starts(series)) == 4


def test_an_ended_series_says_why_and_takes_it_back(cast):
    series = start(cast)
    with pytest.raises(ValidationError, match="Say why"):
        actions.end_series(cast.staff, series, date(2026, 10, 20), " ")
    change = actions.end_series(cast.staff, series, date(2026, 10, 20), "Moved away")
    assert starts(series) == ["10-13 15:00"]
    assert len(claimed()) == 1
    actions.undo_series(cast.staff, change)
    assert len(starts(series)) == len(claimed()) == 4


def test_undo_is_refused_whole_if_an_hour_was_taken_since(cast):
    series = start(cast)
    change = actions.end_series(cast.staff, series, TUESDAY, "Moved away")
    physics(cast, TUESDAY)
    with pytest.raises(actions.Clash):
        actions.undo_series(cast.staff, change)
    assert starts(series) == []


def test_the_31st_stays_the_31st_and_ten_stay_ten_when_only_the_hour_changes(cast):
    series = start(cast, Rule(Pattern.MONTH_DAY, date(2026, 10, 31), count=10))
    rule = Rule(Pattern.MONTH_DAY, date(2026, 11, 30), count=9)
    changed, _ = actions.change_series(cast.staff, series, edit(cast, series, date(2026, 11, 30), rule, at=time(18)))
    days = [row.day.isoformat() for row in Booking.objects.on().filter(series=changed).order_by("start")]
    assert days[:3] == ["2026-11-30", "2026-12-31", "2027-01-31"]
    assert len(days) == 9


MATCHES = [
    ("Tuesdays to Wednesdays", "10-13 10-20", "10-14 10-21", {"10-14": "10-13", "10-21": "10-20"}),
    ("one day more", "10-13 10-20", "10-13 10-15 10-20", {"10-13": "10-13", "10-20": "10-20"}),
    ("two days to two others", "10-13 10-15", "10-12 10-14", {"10-12": "10-13", "10-14": "10-15"}),
    ("every second week", "10-13 10-20", "10-13", {"10-13": "10-13"}),
]


@pytest.mark.parametrize(("name", "old", "now", "expected"), MATCHES)
def test_lessons_go_to_the_nearest_date_of_their_week(name, old, now, expected):
    def days(text):
        return [date.fromisoformat(f"2026-{each}") for each in text.split()]

    found = matched(days(old), days(now), Pattern.WEEKLY)
    assert {new.isoformat()[5:]: was.isoformat()[5:] for new, was in found.items()} == expected


def test_an_open_series_is_a_year_ahead_and_grows_each_night_once(cast, october):
    series = start(cast, weekly(count=None))
    last = Booking.objects.order_by("-start").first().day
    assert last == date(2027, 9, 28)
    assert actions.fill_series() == 0
    october.shift(timedelta(days=7))
    assert (actions.fill_series(), actions.fill_series()) == (1, 0)
    assert Booking.objects.order_by("-start").first().day == date(2027, 10, 5)
    assert set(Booking.objects.order_by("-start").first().attendees()) == {cast.amina}
    assert series.rule.is_open


def test_a_clash_found_at_night_is_told_and_never_made_later(cast, october):
    series = start(cast, weekly(count=None))
    next_day = date(2027, 10, 5)
    other = physics(cast, next_day)
    october.shift(timedelta(days=7))
    assert actions.fill_series() == 0
    assert series.skipped.get().why == "Tariq Teacher is taken at this time."
    assert told("series_clash") == {cast.teacher.pk, cast.staff.pk}
    actions.call_off(cast.staff, other, "Ill")
    Series.objects.update(filled_until=F("filled_until") - timedelta(days=30))
    assert actions.fill_series() == 0


def test_a_called_off_or_moved_lesson_is_a_tombstone_for_the_night(cast):
    start(cast, weekly(count=None))
    rows = list(Booking.objects.order_by("-start")[:2])
    actions.call_off(cast.staff, rows[0], "Ill")
    actions.move(cast.staff, rows[1], rows[1].day + timedelta(days=1), time(9), BERLIN, 60)
    Series.objects.update(filled_until=TUESDAY)
    count = Booking.objects.count()
    assert actions.fill_series() == 0
    assert Booking.objects.count() == count


def test_a_batchs_series_ends_with_it_and_follows_a_later_end(cast):
    Batch.objects.filter(pk=cast.batch.pk).update(end=date(2026, 10, 28))
    cast.batch.refresh_from_db()
    series = start(cast, weekly(count=None), batch=cast.batch)
    assert len(starts(series)) == 3
    assert actions.fill_series() == 0
    Batch.objects.filter(pk=cast.batch.pk).update(end=date(2026, 11, 4))
    assert actions.fill_series() == 1


def test_as_many_queries_plan_and_save_a_year_as_a_month(cast, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        actions.plan_series(new(cast, weekly(count=52), batch=cast.batch))
    with django_assert_max_num_queries(40):
        start(cast, weekly(count=52), batch=cast.batch)
    assert SeriesChange.objects.count() == 1
    assert not SkippedDay.objects.exists()


def asked_for(cast, **more):
    when = actions.WallTime(TUESDAY, time(17), BERLIN)
    own = {"student": cast.amina, "teacher": cast.teacher, "subject": "Fractions", "minutes": 60, "time": when}
    return actions.ask(cast.amina_user, actions.Wish(**own | {"rule": weekly(TUESDAY, count=4)} | more))


def test_agreeing_to_a_request_for_a_series_makes_all_lessons_at_once(cast):
    asked = asked_for(cast, rule=weekly(TUESDAY, interval=2, count=3))
    first = actions.approve(cast.teacher, asked, asked.times.get().pk)
    assert starts(first.series) == ["10-13 15:00", "10-27 16:00", "11-10 16:00"]
    asked.refresh_from_db()
    assert (asked.state, asked.booking) == ("approved", first)
    assert told("lesson_series") == {cast.amina_user.pk}


def test_dates_of_a_requested_series_that_clash_are_named_and_can_be_left_out(cast):
    asked = asked_for(cast)
    physics(cast, date(2026, 10, 27))
    with pytest.raises(actions.Unsettled, match="1 of 4 dates clash: 27 Oct 2026") as refused:
        actions.approve(cast.teacher, asked, asked.times.get().pk)
    asked.refresh_from_db()
    assert asked.is_open
    assert not Series.objects.exists()
    first = actions.approve(cast.teacher, asked, asked.times.get().pk, without=refused.value.days)
    assert starts(first.series) == ["10-13 15:00", "10-20 15:00", "11-03 16:00"]


def test_undoing_a_series_that_was_asked_for_has_its_request_wait_again(cast):
    asked = asked_for(cast, rule=weekly(TUESDAY, interval=2, count=3))
    actions.approve(cast.teacher, asked, asked.times.get().pk)
    change = SeriesChange.objects.get()
    actions.undo_series(cast.teacher, change)
    asked.refresh_from_db()
    assert (asked.state, asked.booking, asked.answered_by) == ("open", None, None)
    assert not Booking.objects.exists()
    actions.approve(cast.teacher, asked, asked.times.get().pk)
    assert Booking.objects.count() == 3


def test_a_teacher_gives_no_more_lessons_to_students_they_teach_no_longer(cast):
    series = start(cast)
    Enrollment.objects.filter(student=cast.amina).update(is_active=False)
    more = weekly(TUESDAY, weekdays=frozenset({1, 3}), count=8)
    with pytest.raises(PermissionDenied, match="any more"):
        actions.change_series(cast.teacher, series, edit(cast, series, rule=more))
    assert len(starts()) == 4
    actions.end_series(cast.teacher, series, TUESDAY, "She left the batch")
    assert starts() == []


def test_undo_is_refused_while_other_times_are_proposed_for_a_lesson(cast):
    _, change = actions.start_series(cast.staff, new(cast))
    factories.proposal(booking=Booking.objects.first(), by=cast.amina_user, turn="teacher")
    with pytest.raises(ValidationError, match="undo is over"):
        actions.undo_series(cast.staff, change)


def test_a_series_that_cannot_be_filled_keeps_no_other_from_it(cast, monkeypatch):
    first, second = (start(cast, weekly(day, count=None), subject=f"S{day}") for day in (TUESDAY, date(2026, 10, 14)))
    Series.objects.update(filled_until=date(2026, 12, 1))
    filled = []

    def fill(pk, last):
        filled.append(pk)
        if pk == first.pk:
            raise ValidationError("Somebody else is booking these times right now.")
        return 1

    monkeypatch.setattr("apps.scheduling.actions.series_fill._fill", fill)
    assert actions.fill_series() == 1
    assert filled == [first.pk, second.pk]
