"""Today: one's lessons, what waits for an answer, and what isn't marked."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.scheduling.today import today
from tests import factories


@pytest.fixture
def morning():
    """Six in the morning in UTC, which is the academy's day for everybody in the tests."""
    with time_machine.travel(datetime(2026, 10, 14, 6, tzinfo=timezone.get_default_timezone()), tick=False):
        yield


def test_a_teacher_sees_the_rest_of_today_in_order_or_else_the_next_lesson(cast, morning):
    later = factories.booking(days=0, teacher=cast.teacher, students=[cast.amina])
    factories.booking(days=0, teacher=cast.teacher2, students=[cast.chloe])
    factories.booking(days=-1, teacher=cast.teacher, students=[cast.amina])
    tomorrow = factories.booking(days=1, teacher=cast.teacher, students=[cast.amina])
    found = today(cast.teacher)
    assert (found.lessons, found.is_later) == ([later], False)
    with time_machine.travel(later.end + timedelta(minutes=1), tick=False):
        found = today(cast.teacher)
        assert (found.lessons, found.is_later) == ([tomorrow], True)


def test_a_student_sees_the_next_lesson_of_their_own(cast, morning, client_for):
    factories.booking(days=1, teacher=cast.teacher, students=[cast.bruno], subject="Another's")
    factories.booking(days=3, teacher=cast.teacher, batch=cast.batch, subject="Ours")
    mine = factories.booking(days=2, teacher=cast.teacher, students=[cast.amina], subject="Mine")
    text = client_for(cast.amina_user).get("/today/").text
    assert f'data-booking="{mine.pk}"' in text
    assert "Another&#x27;s" not in text
    assert "Ours" not in text


def test_lessons_that_were_called_off_or_are_of_others_are_not_shown(cast, morning):
    factories.booking(days=1, teacher=cast.teacher2, students=[cast.chloe])
    assert today(cast.teacher).lessons == today(cast.amina_user).lessons == []


def test_what_waits_is_counted_for_those_who_answer(cast):
    factories.lesson_request(student=cast.amina, teacher=cast.teacher)
    factories.lesson_request(student=cast.chloe, teacher=cast.teacher2)
    factories.lesson_request(student=cast.amina, teacher=cast.teacher, turn="student")
    counts = [
        today(each).waiting for each in (cast.teacher, cast.teacher2, cast.amina_user, cast.bruno_user, cast.staff)
    ]
    assert counts == [1, 1, 1, 0, 3]


def test_lessons_of_the_last_week_without_a_mark_are_counted_for_their_teacher_and_staff(cast):
    marked = factories.booking(days=-1, teacher=cast.teacher, students=[cast.amina])
    factories.attendance(booking=marked, student=cast.amina)
    factories.booking(days=-2, teacher=cast.teacher, students=[cast.amina])
    factories.booking(days=-9, teacher=cast.teacher, students=[cast.amina])
    assert [today(each).unmarked for each in (cast.teacher, cast.teacher2, cast.staff, cast.amina_user)] == [1, 0, 1, 0]


def test_the_attendance_page_lists_earlier_lessons_that_nobody_marked(cast, client_for):
    """Those of the last days, each with its day; one that is marked, and another teacher's, isn't among them."""
    marked = factories.booking(days=-1, teacher=cast.teacher, students=[cast.amina])
    factories.attendance(booking=marked, student=cast.amina)
    open_one = factories.booking(days=-2, teacher=cast.teacher, students=[cast.amina])
    other = factories.booking(days=-2, teacher=cast.teacher2, students=[cast.chloe])

    def listed(user):
        text = client_for(user).get("/attendance/").text.partition("Not marked yet")[2]
        return {row.pk for row in (marked, open_one, other) if f'data-booking="{row.pk}"' in text}

    assert listed(cast.teacher) == {open_one.pk}
    assert listed(cast.staff) == {open_one.pk, other.pk}
    assert client_for(cast.amina_user).get("/attendance/").status_code == 404


def test_today_follows_its_lessons_live(cast, client_for):
    page = client_for(cast.teacher).get("/calendar/today/").text
    assert f'data-channels="user-{cast.teacher.pk}"' in page
    assert "lessons from:body" in page
    assert 'data-channels="calendar"' in client_for(cast.staff).get("/").text


@pytest.mark.parametrize("who", ["teacher", "staff", "amina_user"])
def test_home_takes_the_same_queries_for_many_lessons(cast, client_for, query_count, who):
    client, url = client_for(getattr(cast, who)), "/today/" if who == "amina_user" else "/"
    factories.booking(days=1, teacher=cast.teacher, students=[cast.amina])
    few = query_count(lambda: client.get(url))
    for days in range(2, 9):
        factories.booking(days=days, teacher=cast.teacher, students=[cast.amina])
        factories.booking(days=-days, teacher=cast.teacher, students=[cast.amina])
    assert query_count(lambda: client.get(url)) == few <= 15
