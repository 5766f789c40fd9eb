"""Requests: asked by either side, answered with other times, agreed once, and ended without an answer."""

import uuid
from datetime import time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.notifications.models import Event
from apps.scheduling import actions
from apps.scheduling.actions import WallTime, Wish
from apps.scheduling.models import Booking, LessonRequest
from apps.students.models import Status
from tests import factories


def at(days=10, hour=15):
    return WallTime((timezone.now() + timedelta(days=days)).date(), time(hour), "UTC")


def wish(cast, days=10, hour=15, **more):
    own = {"student": cast.amina, "teacher": cast.teacher, "subject": "Fractions", "minutes": 60}
    return Wish(**own | {"time": at(days, hour)} | more)


@pytest.fixture
def asked(cast):
    return actions.ask(cast.amina_user, wish(cast))


def told(kind):
    return {pk for people in Event.objects.filter(kind=kind).values_list("people", flat=True) for pk in people}


def test_a_student_asks_a_teacher_of_theirs_who_is_told(cast, asked):
    assert (asked.turn, asked.state) == ("teacher", "open")
    assert told("lesson_request") == {cast.teacher.pk}
    assert not Booking.objects.exists()
    for who, sees in (("teacher", 1), ("amina_user", 1), ("staff", 1), ("teacher2", 0), ("bruno_user", 0)):
        assert LessonRequest.objects.visible_to(getattr(cast, who)).count() == sees, who


@pytest.mark.parametrize(
    ("who", "student", "teacher"),
    [
        ("amina_user", "amina", "teacher2"),
        ("amina_user", "bruno", "teacher"),
        ("teacher", "chloe", "teacher"),
        ("teacher", "amina", "teacher2"),
        ("outsider", "amina", "teacher"),
    ],
)
def test_nobody_asks_for_others_or_whom_they_do_not_know(cast, who, student, teacher):
    with pytest.raises(PermissionDenied):
        actions.ask(getattr(cast, who), wish(cast, student=getattr(cast, student), teacher=getattr(cast, teacher)))


def test_agreeing_makes_the_lesson_at_once(cast, asked):
    with pytest.raises(PermissionDenied):
        actions.approve(cast.amina_user, asked, asked.times.get().pk)
    booking = actions.approve(cast.teacher, asked, asked.times.get().pk)
    asked.refresh_from_db()
    assert (asked.state, asked.booking, asked.answered_by) == ("approved", booking, cast.teacher)
    assert (booking.subject, booking.teacher, list(booking.attendees())) == ("Fractions", cast.teacher, [cast.amina])
    assert told("lesson_booked") == {cast.amina_user.pk}
    with pytest.raises(ValidationError, match="answered already"):
        actions.decline(cast.teacher, asked, "Too late")


def test_of_two_requests_for_one_hour_the_second_is_told_what_is_free(cast, asked):
    other = actions.ask(cast.bruno_user, wish(cast, student=cast.bruno))
    actions.approve(cast.teacher, asked, asked.times.get().pk)
    with pytest.raises(actions.Clash) as clash:
        actions.approve(cast.teacher, other, other.times.get().pk)
    assert clash.value.nearest
    other.refresh_from_db()
    assert other.is_open
    assert Booking.objects.count() == 1


def test_other_times_hand_the_answer_to_the_other_side(cast, asked):
    offered = [at(11), at(12), at(13)]
    answered = actions.offer_times(cast.teacher, asked, offered, "That day is full")
    assert (answered.turn, answered.times.count(), answered.answer) == ("student", 3, "That day is full")
    assert told("lesson_request") >= {cast.amina_user.pk}
    with pytest.raises(PermissionDenied):
        actions.approve(cast.teacher, answered, answered.times.first().pk)
    booking = actions.approve(cast.amina_user, answered, answered.times.all()[1].pk)
    assert booking.day == offered[1].day


def test_a_teacher_asks_a_student_and_staff_answer_for_either(cast):
    asked = actions.ask(cast.teacher, wish(cast))
    assert asked.turn == "student"
    assert actions.approve(cast.staff, asked, asked.times.get().pk).teacher == cast.teacher


REFUSED = [
    ({"days": -1}, "This time has passed"),
    ({"teacher": "gone"}, "can't sign in any more"),
    ({"student": "left"}, "has left the academy"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_cannot_be_asked_is_said(cast, changes, said):
    people = {"gone": factories.user(is_active=False), "left": factories.student(status=Status.LEFT)}
    with pytest.raises(ValidationError, match=said):
        actions.ask(cast.staff, wish(cast, **{name: people.get(value, value) for name, value in changes.items()}))
    assert not LessonRequest.objects.exists()


def test_times_are_one_to_three_and_each_once(cast, asked):
    for times, said in (
        ([], "Offer one to 3"),
        ([at(11)] * 2, "twice"),
        ([at(days) for days in range(11, 15)], "one to 3"),
    ):
        with pytest.raises(ValidationError, match=said):
            actions.offer_times(cast.teacher, asked, times)
    assert asked.times.count() == 1


def test_a_student_is_not_asked_into_two_lessons_at_once(cast, asked):
    actions.approve(cast.teacher, asked, asked.times.get().pk)
    factories.enrollment(student=cast.amina, batch=factories.batch(teacher=cast.teacher2))
    with pytest.raises(actions.Clash, match="Amina has another lesson"):
        actions.ask(cast.amina_user, wish(cast, teacher=cast.teacher2))


def test_declining_says_why_and_withdrawing_is_for_the_side_that_asked(cast, asked):
    with pytest.raises(ValidationError, match="Say why"):
        actions.decline(cast.teacher, asked, " ")
    with pytest.raises(PermissionDenied):
        actions.withdraw_request(cast.teacher, asked)
    declined = actions.decline(cast.teacher, asked, "I am on holiday")
    assert (declined.state, declined.answer) == ("declined", "I am on holiday")
    assert told("request_answer") == {cast.amina_user.pk}
    again = actions.ask(cast.amina_user, wish(cast))
    assert actions.withdraw_request(cast.amina_user, again).state == "withdrawn"


def test_the_same_form_twice_is_one_request(cast):
    form = wish(cast, client_key=uuid.uuid4())
    assert actions.ask(cast.amina_user, form) == actions.ask(cast.amina_user, form)


def test_without_an_answer_it_reminds_once_and_ends_before_its_time(cast):
    asked = actions.ask(cast.amina_user, wish(cast, days=2))
    first = asked.times.get().start
    assert timezone.now() < asked.remind_at < asked.expires < first
    with time_machine.travel(asked.remind_at + timedelta(seconds=1), tick=False) as clock:
        assert actions.follow_requests() == actions.follow_requests() == 0
        assert Event.objects.filter(kind="lesson_request", data__again=True).count() == 1
        clock.move_to(asked.expires)
        with pytest.raises(ValidationError, match="expired"):
            actions.approve(cast.teacher, asked, asked.times.get().pk)
        assert actions.follow_requests() == 1
        assert actions.follow_requests() == 0
    asked.refresh_from_db()
    assert asked.state == "expired"
    assert told("request_answer") == {cast.amina_user.pk, cast.teacher.pk}


def test_the_pages_ask_agree_and_keep_what_was_typed(cast, client_for):
    student, teacher = client_for(cast.amina_user), client_for(cast.teacher)
    day = at().day.isoformat()
    sent = {"teacher": cast.teacher.pk, "subject": "Fractions", "day": day, "at": "15:00", "minutes": 45, "zone": "UTC"}
    wrong = student.post("/requests/new/", {**sent, "day": "2020-01-01", "note": "Please"})
    assert wrong.status_code == 422
    assert "This time has passed" in wrong.content.decode()
    assert "Please" in wrong.content.decode()
    made = student.post("/requests/new/", sent)
    asked = LessonRequest.objects.get()
    assert made.url == asked.get_absolute_url()
    page = teacher.get(made.url).content.decode()
    assert f'data-request="{asked.pk}"' in page
    assert "Agree" in page
    assert "Agree" not in student.get(made.url).content.decode()
    offered = {"day_1": (at(11).day).isoformat(), "at_1": "10:00", "day_2": "", "at_2": "11:00", "zone": "UTC"}
    assert "Give the day and the time" in teacher.post(f"{made.url}times/", offered).content.decode()
    teacher.post(f"{made.url}times/", offered | {"at_2": ""})
    student.post(f"{made.url}approval/", {"time": asked.times.get().pk})
    assert Booking.objects.get().at == time(10)
    assert "Fractions" in teacher.get("/requests/").content.decode()
