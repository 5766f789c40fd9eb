"""A request for a series, through the pages: asked for, answered with other times, agreed to, declined."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine

from apps.scheduling import actions
from apps.scheduling.actions.series_dates import check
from apps.scheduling.models import Booking, LessonRequest, Series, rule_fields
from apps.scheduling.recurrence import Pattern, Rule
from tests import factories

TUESDAY = date(2026, 12, 8)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        yield


@pytest.fixture
def student(cast, client_for):
    return client_for(cast.amina_user)


@pytest.fixture
def teacher(cast, client_for):
    return client_for(cast.teacher)


def sent(cast, **more):
    own = {"teacher": cast.teacher.pk, "subject": "Fractions", "day": TUESDAY.isoformat(), "at": "15:00"}
    own |= {"minutes": 45, "zone": "UTC", "repeats": "1", "pattern": "weekly", "interval": 2, "weekdays": ["1", "3"]}
    return own | {"ends": "count", "count": 4} | more


def ask(student, cast, **more):
    made = student.post("/requests/new/", sent(cast, **more))
    assert made.status_code == 302, made.text
    return made.url


def fields(page):
    """What the form that agrees sends along of what was refused."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="(refused|without)" value="([^"]*)">', page.text):
        found.setdefault(name, []).append(value)
    return found


def days():
    return [f"{day:%m-%d}" for day in Booking.objects.order_by("start").values_list("day", flat=True)]


def test_it_is_asked_for_and_answered_with_three_other_times_of_which_one_is_agreed(cast, student, teacher):
    url = ask(student, cast)
    for headers in ({}, HTMX):
        page = teacher.get(url, headers=headers).text
        assert "Every 2 weeks on Tuesday and Thursday, 4 lessons" in page
        # What is chosen and refused stands beside what follows the request.
        assert ("Agree" in page) == (not headers)
        assert "Agree" not in student.get(url, headers=headers).text
    assert not Booking.objects.exists()
    offered = {"zone": "UTC", "word": "That day is full"}
    for number, moved in enumerate((1, 2, 6), 1):
        offered |= {f"day_{number}": (TUESDAY + timedelta(days=moved)).isoformat(), f"at_{number}": "10:00"}
    assert teacher.post(f"{url}times/", offered).status_code == 302
    times = list(LessonRequest.objects.get().times.all())
    page = student.get(url).text
    assert [f'value="{each.pk}"' in page for each in times] == [True] * 3
    assert "That day is full" in page
    assert student.post(f"{url}approval/", {"time": times[0].pk}).url == url
    # From Wednesday on, so Thursdays are Fridays.
    assert days() == ["12-09", "12-11", "12-23", "12-25"]
    assert "Approved" in teacher.get(url).text


def test_a_clash_on_a_date_is_said_before_anything_is_saved(cast, student, teacher):
    url = ask(student, cast)
    own = {"zone": "UTC", "minutes": 60, "students": (cast.bruno,)}
    actions.book(cast.staff, actions.Lesson("Taken", cast.teacher, date(2026, 12, 22), time(15), **own))
    time_pk = LessonRequest.objects.get().times.get().pk
    said = teacher.post(f"{url}approval/", {"time": time_pk})
    assert said.status_code == 422
    assert "1 of 4 dates clash: 22 Dec 2026" in said.text
    assert "Agree and leave out these dates" in said.text
    assert days() == ["12-22"]
    assert fields(said)["without"] == ["2026-12-22"]
    # Of another time nothing was said.
    other = {"time": time_pk, "without": "2026-12-22", "refused": time_pk + 1}
    assert teacher.post(f"{url}approval/", other).status_code == 422
    assert teacher.post(f"{url}approval/", {"time": time_pk} | fields(said)).status_code == 302
    assert days() == ["12-08", "12-10", "12-22", "12-24"]
    assert Series.objects.get().bookings.count() == 3


def test_in_another_room_only_the_dates_that_were_refused_are_left_out(cast, student, teacher):
    """A taken room is said at its field, with those that are free; a clash that is new is shown again."""
    hall, den, _ = (factories.room(name=name, seats=seats) for name, seats in (("Hall", 9), ("Den", 4), ("Attic", 8)))
    url = ask(student, cast)
    for room, day in ((hall, 22), (den, 24)):
        own = {"zone": "UTC", "minutes": 60, "students": (cast.chloe,), "room": room}
        actions.book(cast.staff, actions.Lesson("Choir", cast.teacher2, date(2026, 12, day), time(15), **own))
    time_pk = LessonRequest.objects.get().times.get().pk
    said = teacher.post(f"{url}approval/", {"time": time_pk, "room": hall.pk})
    assert said.status_code == 422
    (error,) = re.findall(r'id="agree_room_error">([^<]*)<', said.text)
    assert error == "Hall is taken on 1 of 4 dates: 22 Dec 2026. Attic (8 seats) is free then."
    assert fields(said) == {"refused": [str(time_pk)], "without": ["2026-12-22"]}
    again = teacher.post(f"{url}approval/", {"time": time_pk, "room": den.pk} | fields(said))
    assert again.status_code == 422
    assert "Den is taken on 1 of 4 dates: 24 Dec 2026." in again.text
    assert not Series.objects.exists()
    assert teacher.post(f"{url}approval/", {"time": time_pk, "room": den.pk} | fields(again)).status_code == 302
    lessons = Series.objects.get().bookings.order_by("start")
    assert [(row.day.day, row.room.name) for row in lessons] == [(8, "Den"), (10, "Den"), (22, "Den")]


def test_rooms_are_offered_for_the_dates_that_can_be(cast):
    """A lesson that gives way takes no room, and a date on which the teacher is taken asks for none."""
    hall, den = factories.room(name="Hall", seats=9), factories.room(name="Den", seats=4)

    def book(teacher, day, room=None):
        own = {"zone": "UTC", "minutes": 60, "students": (cast.chloe,), "room": room}
        lesson = actions.Lesson("Choir", teacher, date(2026, 12, day), time(15), **own)
        return actions.book(cast.staff, lesson, anyway=True)

    book(cast.teacher2, 8, hall)
    book(cast.teacher, 15)
    book(cast.teacher2, 15, den)
    gives_way = book(cast.teacher2, 22, den)
    rule = Rule(Pattern.WEEKLY, TUESDAY, count=3)
    wanted = actions.NewSeries("Duo", cast.teacher, rule, time(15), "UTC", 60, students=(cast.amina,), room=hall)
    plan = actions.plan_series(wanted)
    assert [each.needs_room for each in plan.dates] == [True, False, False]
    assert plan.rooms == []
    check(wanted, plan, [gives_way.pk])
    assert plan.rooms == [den]


def test_declining_needs_a_reason_which_the_other_side_reads(cast, student, teacher):
    url = ask(student, cast)
    assert "Say why" in teacher.post(f"{url}refusal/", {"reason": " "}).text
    assert teacher.post(f"{url}refusal/", {"reason": "I am away all winter"}).status_code == 302
    assert "I am away all winter" in student.get(url, headers=HTMX).text
    assert not Booking.objects.exists()


PATTERNS = [
    ({"pattern": "month_day"}, "Every 2 months on the 8th", ["12-08", "02-08"]),
    ({"pattern": "month_weekday", "interval": 1}, "Every month on the second Tuesday", ["12-08", "01-12"]),
    ({"pattern": "month_end", "interval": 1}, "Every month on the last day", ["12-31", "01-31"]),
    ({"weekdays": ["3"], "interval": 3}, "Every 3 weeks on Thursday", ["12-10", "12-31"]),
    ({"ends": "until", "until": "2026-12-11", "count": ""}, "until", ["12-08", "12-10"]),
]


@pytest.mark.parametrize(("changes", "words", "expected"), PATTERNS)
def test_it_repeats_as_a_series_does(cast, student, teacher, changes, words, expected):
    url = ask(student, cast, **{"count": 2} | changes)
    assert words in teacher.get(url).text
    asked = LessonRequest.objects.get()
    teacher.post(f"{url}approval/", {"time": asked.times.get().pk})
    assert days() == expected


def test_one_without_an_end_is_filled_a_year_ahead(cast, student, teacher):
    url = ask(student, cast, ends="open", count="", pattern="month_day", interval=1)
    teacher.post(f"{url}approval/", {"time": LessonRequest.objects.get().times.get().pk})
    assert days()[:2] == ["12-08", "01-08"]
    assert 12 <= len(days()) <= 13


WRONG = [
    ({"interval": "0"}, "greater than or equal to 1"),
    ({"count": ""}, "Say how many lessons"),
    ({"ends": "until", "until": ""}, "Give the last day"),
    ({"ends": "until", "until": "2026-12-07"}, "It ends before it begins"),
    ({"ends": "until", "until": "2090-01-01"}, "A series has 366 lessons at most"),
    ({"interval": "52", "count": "366"}, "of these lessons are before 2101"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(cast, student, changes, said):
    answer = student.post("/requests/new/", sent(cast, note="Before the exams", **changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert "Before the exams" in answer.text
    assert not LessonRequest.objects.exists()


def test_a_time_on_another_of_its_weekdays_keeps_them_and_each_says_how_it_would_repeat(cast, student, teacher):
    url = ask(student, cast)
    offered = {
        "zone": "UTC",
        "word": "",
        "day_1": "2026-12-10",
        "at_1": "10:00",
        "day_2": "2026-12-09",
        "at_2": "10:00",
    }
    assert teacher.post(f"{url}times/", offered).status_code == 302
    page = student.get(url).text
    assert page.count("Every 2 weeks on Wednesday and Friday") == 1
    assert page.count("Every 2 weeks on Tuesday and Thursday") == 1
    thursday = LessonRequest.objects.get().times.get(day="2026-12-10")
    student.post(f"{url}approval/", {"time": thursday.pk})
    assert days() == ["12-10", "12-22", "12-24", "01-05"]


def test_no_time_is_offered_after_its_end(cast, student, teacher):
    url = ask(student, cast, ends="until", until="2026-12-11", count="")
    late = teacher.post(f"{url}times/", {"day_1": "2026-12-12", "at_1": "10:00", "zone": "UTC"})
    assert (late.status_code, "The series ends before this day" in late.text) == (422, True)


def test_another_first_day_takes_the_weekdays_along():
    last = Rule(Pattern.MONTH_END, date(2027, 1, 31))
    assert last.begun_on(date(2027, 2, 28)).words == "Every month on the last day"
    assert last.begun_on(date(2027, 1, 30)).words == "Every month on the 30th, or the last day of a shorter month"
    both = Rule(Pattern.WEEKLY, TUESDAY, weekdays=frozenset({1, 6}))
    assert both.begun_on(TUESDAY + timedelta(days=8)).weekdays == {2, 0}


@pytest.mark.parametrize("interval", [1, 2, 3])
@pytest.mark.parametrize("weekdays", [{0, 6}, {1, 3}, {4, 5, 6}, {2}])
def test_a_rule_that_begins_on_another_day_has_each_of_its_dates_moved_by_as_much(interval, weekdays):
    first = next(day for day in (TUESDAY + timedelta(days=n) for n in range(7)) if day.weekday() in weekdays)
    rule = Rule(Pattern.WEEKLY, first, interval, frozenset(weekdays), count=9)
    for days in range(-8, 9):
        moved = rule.begun_on(first + timedelta(days=days))
        assert list(moved.dates()) == [day + timedelta(days=days) for day in rule.dates()]
        saved = Series(**rule_fields(moved))
        assert saved.rule == moved
