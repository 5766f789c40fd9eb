"""Lessons: booked, moved, called off, marked; who sees them, what they are told, and what the past keeps."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from apps.courses.models import Enrollment
from apps.notifications.models import Event
from apps.scheduling import actions, notices
from apps.scheduling.models import Attendance, Attendee, Booking, Claim
from apps.students.models import Status
from tests import factories


def lesson(cast, days=30, hour=15, **more):
    day = (timezone.now() + timedelta(days=days)).date()
    own = {"subject": "Algebra", "teacher": cast.teacher, "day": day, "at": time(hour), "zone": "UTC", "minutes": 60}
    if "batch" not in more:
        own["students"] = (cast.amina,)
    return actions.Lesson(**own | more)


@pytest.fixture
def booked(cast):
    return actions.book(cast.staff, lesson(cast))


def seen(user):
    return set(Booking.objects.visible_to(user).values_list("pk", flat=True))


def test_those_who_take_part_see_a_lesson_and_nobody_else(cast, booked):
    sees = {
        name
        for name in vars(cast)
        if getattr(getattr(cast, name), "role", "") and booked.pk in seen(getattr(cast, name))
    }
    assert sees == {"admin", "staff", "staff2", "teacher", "amina_user"}


def test_a_teacher_sees_the_lessons_of_students_that_they_teach_now(cast, booked):
    other = actions.book(cast.staff, lesson(cast, hour=18, teacher=cast.teacher2, students=(cast.bruno,)))
    assert seen(cast.teacher) == {booked.pk, other.pk}
    assert seen(cast.teacher2) == {other.pk}
    Enrollment.objects.filter(student=cast.bruno).update(is_active=False)
    assert seen(cast.teacher) == {booked.pk}


def test_a_batchs_lesson_is_for_whoever_is_in_it_when_it_begins(cast):
    batch = actions.book(cast.staff, lesson(cast, students=(), batch=cast.batch))
    assert set(batch.attendees()) == {cast.amina, cast.bruno}
    assert batch.pk in seen(cast.amina_user)
    Enrollment.objects.filter(student=cast.amina).update(is_active=False)
    assert set(batch.attendees()) == {cast.bruno}
    assert batch.pk not in seen(cast.amina_user)
    assert batch.pk not in seen(cast.chloe_user)
    with time_machine.travel(batch.start + timedelta(minutes=1), tick=False):
        assert actions.roll_begun() == 1
        Enrollment.objects.filter(student=cast.bruno).update(is_active=False)
        # Who was in it then stays in it.
        batch.refresh_from_db()
        assert set(batch.attendees()) == {cast.bruno}
        assert actions.roll_begun() == 0


@pytest.mark.parametrize("who", ["teacher", "amina_user", "outsider"])
def test_only_staff_book_without_asking(cast, who):
    with pytest.raises(PermissionDenied):
        actions.book(getattr(cast, who), lesson(cast))


def refusal(cast, **more):
    with pytest.raises(ValidationError) as refused:
        actions.book(cast.staff, lesson(cast, **more))
    assert not Booking.objects.exists()
    assert not Claim.objects.exists()
    return {name: errors[0].messages[0] for name, errors in refused.value.error_dict.items()}


def test_what_cannot_be_is_said_at_its_field(cast):
    small, big = factories.room(name="Cell", seats=1), factories.room(name="Hall", seats=30)
    closed = factories.room(name="Attic", is_open=False)
    gone = factories.student(given_name="Lea", status=Status.LEFT)
    both = (cast.amina, cast.bruno)
    assert refusal(cast, days=-1) == {"at": "This time has passed. Choose one to come."}
    assert refusal(cast, students=()) == {"students": "Choose at least one student, or a batch."}
    assert refusal(cast, students=(gone,)) == {"students": "Lea has left the academy."}
    assert refusal(cast, room=small, students=both) == {"room": "Cell has 1 seat for 2 students. Hall has 30."}
    assert refusal(cast, room=closed) == {"room": "Attic isn't in use. Choose another room."}
    assert big.seats == 30


def test_a_taken_teacher_is_said_with_the_nearest_free_times(cast, booked):
    with pytest.raises(actions.Clash) as clash:
        actions.book(cast.staff, lesson(cast, students=(cast.bruno,)))
    assert clash.value.messages == ["Tariq Teacher is taken at this time."]
    assert clash.value.nearest == [
        booked.start - timedelta(minutes=60),
        booked.start + timedelta(minutes=60),
        booked.start + timedelta(minutes=75),
    ]


def test_one_lesson_may_follow_another_at_once(cast, booked):
    after = actions.book(cast.staff, lesson(cast, hour=16))
    assert after.start == booked.end


def test_a_students_other_lesson_is_refused_and_may_be_overridden_by_staff(cast, booked):
    twice = lesson(cast, teacher=cast.teacher2)
    with pytest.raises(actions.Clash, match="Amina has another lesson at this time"):
        actions.book(cast.staff, twice)
    assert actions.book(cast.staff, twice, anyway=True).start == booked.start


def test_the_same_form_twice_is_one_lesson(cast):
    form = lesson(cast, client_key=uuid.uuid4())
    assert actions.book(cast.staff, form) == actions.book(cast.staff, form)


def test_a_move_keeps_where_it_was_takes_the_new_time_and_gives_up_the_old(cast, booked):
    day, was = booked.day + timedelta(days=1), booked.start
    moved = actions.move(cast.staff, booked, day, time(17), "Europe/Berlin", 90, why="Trains")
    assert (moved.sequence, moved.minutes, moved.zone) == (1, 90, "Europe/Berlin")
    (move,) = moved.moves.all()
    assert (move.was_start, move.to_start, move.by, move.why) == (was, moved.start, cast.staff, "Trains")
    assert list(moved.claims.values_list("start", "end")) == [moved.span]
    actions.book(cast.staff, lesson(cast))


def test_a_move_to_a_taken_hour_changes_nothing(cast, booked):
    other = actions.book(cast.staff, lesson(cast, hour=17))
    with pytest.raises(actions.Clash):
        actions.move(cast.staff, booked, other.day, time(17, 30), "UTC", 60)
    booked.refresh_from_db()
    assert (booked.start.hour, booked.sequence, booked.claims.get().start) == (15, 0, booked.start)


def test_a_move_may_overlap_the_lesson_itself(cast, booked):
    moved = actions.move(cast.staff, booked, booked.day, time(15, 30), "UTC", 60)
    assert moved.claims.get().start == moved.start


def test_calling_off_gives_the_hour_back_once_and_says_why(cast, booked):
    with pytest.raises(ValidationError, match="Say why"):
        actions.call_off(cast.staff, booked, "  ")
    off = actions.call_off(cast.amina_user, booked, "I am ill")
    assert (off.state, off.reason, off.called_off_by, off.sequence) == ("called_off", "I am ill", cast.amina_user, 1)
    assert not off.claims.exists()
    with pytest.raises(ValidationError, match="called off meanwhile"):
        actions.call_off(cast.staff, booked, "Again")


def test_a_student_calls_off_only_what_is_for_them_alone(cast):
    batch = actions.book(cast.staff, lesson(cast, students=(), batch=cast.batch))
    with pytest.raises(PermissionDenied):
        actions.call_off(cast.amina_user, batch, "I am ill")


def test_what_has_begun_is_neither_moved_nor_called_off(cast, booked):
    with time_machine.travel(booked.start, tick=False):
        with pytest.raises(ValidationError, match="has begun"):
            actions.move(cast.staff, booked, booked.day + timedelta(days=1), time(9), "UTC", 60)
        with pytest.raises(ValidationError, match="has begun"):
            actions.call_off(cast.staff, booked, "Too late")


def test_attendance_is_marked_once_it_begins_and_taken_back(cast, booked):
    with pytest.raises(ValidationError, match="not begun"):
        actions.mark(cast.teacher, booked, cast.amina, "present")
    with time_machine.travel(booked.start, tick=False):
        with pytest.raises(PermissionDenied):
            actions.mark(cast.teacher2, booked, cast.amina, "present")
        with pytest.raises(ValidationError, match="doesn't take part"):
            actions.mark(cast.teacher, booked, cast.bruno, "present")
        with pytest.raises(ValidationError, match="for those who were late"):
            actions.mark(cast.teacher, booked, cast.amina, "present", minutes_late=5)
        with pytest.raises(ValidationError, match="Between 1 and 60"):
            actions.mark(cast.teacher, booked, cast.amina, "late", minutes_late=61)
        actions.mark(cast.teacher, booked, cast.amina, "late", minutes_late=5, note="Bus")
        # A tap on another state keeps the note.
        actions.mark(cast.teacher, booked, cast.amina, "absent")
        assert list(Attendance.objects.values_list("state", "minutes_late", "note")) == [("absent", None, "Bus")]
        assert actions.mark(cast.teacher, booked, cast.amina, "") is None
        assert not Attendance.objects.exists()


def test_all_at_once_marks_only_whoever_is_not_marked(cast):
    batch = actions.book(cast.staff, lesson(cast, students=(), batch=cast.batch))
    with time_machine.travel(batch.start, tick=False):
        actions.mark(cast.teacher, batch, cast.amina, "absent")
        assert actions.mark_rest(cast.teacher, batch) == 1
        assert actions.mark_rest(cast.teacher, batch) == 0
    assert dict(Attendance.objects.values_list("student", "state")) == {
        cast.amina.pk: "absent",
        cast.bruno.pk: "present",
    }
    assert Attendee.objects.count() == 2


REMINDERS = [
    # V30 and V23: booked early, each offset once; late, the nearest alone; later, none.
    (timedelta(days=3), ["reminder_day", "reminder_hour", "reminder_half"]),
    (timedelta(minutes=40), ["reminder_half"]),
    (timedelta(minutes=20), []),
]


@pytest.mark.parametrize(("before", "kinds"), REMINDERS)
def test_each_offset_reminds_once_if_it_was_booked_before(cast, before, kinds):
    start = datetime(2027, 10, 27, 16, tzinfo=UTC)
    with time_machine.travel(start - before, tick=False) as clock:
        form = lesson(cast, days=0, hour=16)
        booked = actions.book(cast.staff, actions.Lesson(**vars(form) | {"day": start.date()}))
        Event.objects.all().delete()
        while timezone.now() < start + timedelta(minutes=5):
            notices.remind()
            notices.remind()
            clock.shift(timedelta(minutes=5))
    told = Event.objects.filter(kind__startswith="reminder").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == kinds
    assert all(set(each.people) == {cast.teacher.pk, cast.amina_user.pk} for each in told)
    assert booked.start == start


@pytest.mark.parametrize(("day", "due"), [("2026-10-25", "2026-10-24T09:00"), ("2027-03-28", "2027-03-27T08:00")])
def test_a_day_before_is_24_hours_before_whatever_clocks_do(cast, day, due):
    """V23: on a Sunday on which Berlin's clocks change, at ten."""
    due = datetime.fromisoformat(due).replace(tzinfo=UTC)
    with time_machine.travel(due - timedelta(days=3), tick=False) as clock:
        form = vars(lesson(cast, days=0, hour=10)) | {"day": date.fromisoformat(day), "zone": "Europe/Berlin"}
        actions.book(cast.staff, actions.Lesson(**form))
        clock.move_to(due - timedelta(seconds=1))
        assert notices.remind() == 0
        clock.move_to(due)
        assert notices.remind() == 1


def test_a_worker_that_slept_reminds_of_the_nearest_alone(cast):
    start = datetime(2027, 10, 27, 16, tzinfo=UTC)
    with time_machine.travel(start - timedelta(days=2), tick=False) as clock:
        actions.book(cast.staff, actions.Lesson(**vars(lesson(cast, days=0, hour=16)) | {"day": start.date()}))
        clock.move_to(start - timedelta(minutes=25))
        notices.remind()
    assert list(Event.objects.filter(kind__startswith="reminder").values_list("kind", flat=True)) == ["reminder_half"]


def test_a_moved_lesson_reminds_again_and_a_called_off_one_never(cast, booked):
    with time_machine.travel(booked.start - timedelta(hours=23), tick=False) as clock:
        assert notices.remind() == 1
        moved = actions.move(cast.staff, booked, booked.day + timedelta(days=3), booked.at, "UTC", 60)
        clock.move_to(moved.start - timedelta(hours=23))
        assert notices.remind() == 1
        actions.call_off(cast.staff, moved, "Ill")
        clock.move_to(moved.start - timedelta(minutes=50))
        assert notices.remind() == 0


def test_a_teacher_reads_only_their_own_students_in_anothers_lesson(cast, client_for):
    """Bruno is in both batches: his teacher may open the other's lesson, and sees nobody else there."""
    factories.enrollment(student=cast.bruno, batch=factories.batch(teacher=cast.teacher2, name="Physics"))
    both = actions.book(cast.staff, lesson(cast, teacher=cast.teacher2, students=(cast.bruno, cast.chloe)))
    page = client_for(cast.teacher).get(both.get_absolute_url()).content.decode()
    assert "Bruno Costa" in page
    assert "Chloe" not in page
    week = client_for(cast.teacher).get(f"/calendar/?day={both.day}&student={cast.bruno.pk}").content.decode()
    assert f'data-booking="{both.pk}"' in week
    assert "Chloe" not in week


def test_the_calendar_of_each_role_takes_as_many_queries_for_many_lessons_as_for_few(cast, client_for, query_count):
    clients = [client_for(getattr(cast, who)) for who in ("staff", "teacher", "amina_user")]
    day = (timezone.now() + timedelta(days=30)).date()
    pages = [f"/calendar/?view={view}&day={day}" for view in ("day", "week", "month", "list")]
    actions.book(cast.staff, lesson(cast, hour=8))
    few = {(client, page): query_count(lambda c=client, p=page: c.get(p)) for client in clients for page in pages}
    for hour in range(9, 20):
        actions.book(cast.staff, lesson(cast, hour=hour))
    many = {(client, page): query_count(lambda c=client, p=page: c.get(p)) for client in clients for page in pages}
    assert many == few
    assert max(many.values()) <= 15


@pytest.mark.parametrize(
    "page",
    [
        "/calendar/?day=9999-12-31",
        "/calendar/?week=2026-W99",
        "/calendar/?month=0001-01",
        "/attendance/?day=0001-01-01",
        "/calendar/?teacher=9999999999999999999",
    ],
)
def test_a_day_out_of_reach_is_today(cast, client_for, page):
    assert client_for(cast.staff).get(page).status_code == 200


@pytest.mark.parametrize(("asked_at", "said"), [(9, "you are in time"), (10, "This is late")], ids=["V24", "later"])
def test_the_hours_of_notice_are_elapsed_hours_over_a_change_of_clocks(cast, client_for, asked_at, said):
    """A lesson at 10:00 on the Sunday in Berlin that has 25 hours: free until Saturday 11:00 on the clock."""
    with time_machine.travel(datetime(2026, 10, 20, tzinfo=UTC)):
        form = replace(lesson(cast), day=date(2026, 10, 25), at=time(10), zone="Europe/Berlin")
        booked = actions.book(cast.staff, form)
    url = reverse("scheduling:cancellation", args=[booked.pk])
    with time_machine.travel(datetime(2026, 10, 24, 9, 0, asked_at - 9, tzinfo=UTC), tick=False):
        page = client_for(cast.amina_user).get(url)
    assert booked.start == datetime(2026, 10, 25, 9, tzinfo=UTC)
    assert said in page.text
    assert "24 hours of notice" in page.text
