"""Moving by agreement: times proposed and held, accepted once, and given back without a trace."""

import uuid
from datetime import time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.notifications.models import Event
from apps.scheduling import actions
from apps.scheduling.actions import Terms, WallTime
from apps.scheduling.models import Booking, Claim, Proposal
from apps.scheduling.tasks import follow_the_clock
from tests import factories


def lesson(cast, days=30, hour=15, **more):
    day = (timezone.now() + timedelta(days=days)).date()
    own = {"teacher": cast.teacher, "students": (cast.amina,), "zone": "UTC", "minutes": 60}
    return actions.book(cast.staff, actions.Lesson("Algebra", day=day, at=time(hour), **own | more))


def at(days=20, hour=15):
    return WallTime((timezone.now() + timedelta(days=days)).date(), time(hour), "UTC")


@pytest.fixture
def booked(cast):
    return lesson(cast, room=factories.room(name="Studio"))


@pytest.fixture
def proposed(cast, booked):
    return actions.propose(cast.amina_user, booked, Terms([at(20), at(21), at(22)], "Exams"))


def told(kind):
    return {pk for people in Event.objects.filter(kind=kind).values_list("people", flat=True) for pk in people}


def where(booking):
    booking.refresh_from_db()
    return booking.start, booking.sequence, booking.claims.count()


def test_the_lesson_stays_and_the_times_are_held_for_teacher_and_room(cast, booked, proposed):
    assert (proposed.turn, proposed.state) == ("teacher", "open")
    assert proposed.expires < min(booked.start, proposed.times.first().start)
    assert where(booked)[1:] == (0, 2)
    held = set(proposed.claims.values_list("resource", flat=True))
    assert held == {f"user-{cast.teacher.pk}", f"room-{booked.room_id}"}
    assert proposed.claims.count() == 6
    assert told("lesson_proposal") == {cast.teacher.pk}
    with pytest.raises(actions.Clash, match="Tariq Teacher is taken"):
        lesson(cast, 21, students=(cast.bruno,))


def test_accepting_moves_the_lesson_once_and_frees_the_rest(cast, booked, proposed):
    was, second = booked.start, proposed.times.all()[1]
    moved = actions.accept(cast.teacher, proposed, second.pk)
    assert (moved.start, moved.sequence, moved.minutes) == (second.start, 1, 60)
    assert set(moved.claims.values_list("start", "end")) == {moved.span}
    assert not Claim.objects.filter(proposal=proposed).exists()
    (move,) = moved.moves.all()
    assert (move.was_start, move.to_start, move.by, move.agreed_by) == (was, moved.start, cast.amina_user, cast.teacher)
    assert (move.why, move.to_minutes, move.to_room) == ("Exams", 60, booked.room)
    assert told("lesson_moved") == {cast.amina_user.pk}
    with pytest.raises(ValidationError, match="answered already"):
        actions.accept(cast.teacher, proposed, second.pk)
    lesson(cast, 20, students=(cast.bruno,))


@pytest.mark.parametrize(
    ("who", "end"),
    [("teacher", actions.refuse), ("amina_user", actions.take_back), ("staff", actions.refuse)],
)
def test_a_no_changes_nothing_and_frees_the_times(cast, booked, proposed, who, end):
    before = where(booked)
    end(getattr(cast, who), proposed)
    assert where(booked) == before
    assert not booked.moves.exists()
    assert not Claim.objects.filter(proposal=proposed).exists()
    assert told("proposal_answer") == {cast.teacher.pk, cast.amina_user.pk} - {getattr(cast, who).pk}
    lesson(cast, 20, students=(cast.bruno,))


def test_without_an_answer_it_ends_before_its_first_time(cast, booked):
    proposal = actions.propose(cast.teacher, booked, Terms([at(2)]))
    before, first = where(booked), proposal.times.get().start
    assert proposal.expires < first
    with time_machine.travel(proposal.expires, tick=False):
        with pytest.raises(ValidationError, match="expired"):
            actions.accept(cast.amina_user, proposal, proposal.times.get().pk)
        follow_the_clock.call_local()
        assert actions.follow_proposals() == 0
    proposal.refresh_from_db()
    assert (proposal.state, where(booked)) == ("expired", before)
    assert not Claim.objects.filter(proposal=proposal).exists()
    assert told("proposal_answer") == {cast.amina_user.pk, cast.teacher.pk}


def test_only_the_other_side_accepts_and_only_ones_own_is_withdrawn(cast, booked, proposed):
    pk = proposed.times.first().pk
    for who in ("amina_user", "bruno_user", "teacher2", "outsider"):
        with pytest.raises(PermissionDenied):
            actions.accept(getattr(cast, who), proposed, pk)
    for who in ("teacher", "bruno_user"):
        with pytest.raises(PermissionDenied):
            actions.take_back(getattr(cast, who), proposed)
    with pytest.raises(ValidationError, match="isn't offered"):
        actions.accept(cast.teacher, proposed, 0)
    assert actions.accept(cast.staff, proposed, pk).moves.get().agreed_by == cast.staff


@pytest.mark.parametrize("who", ["bruno_user", "teacher2", "outsider"])
def test_nobody_else_proposes(cast, booked, who):
    with pytest.raises(PermissionDenied):
        actions.propose(getattr(cast, who), booked, Terms([at()]))


def test_one_student_of_several_does_not_hold_times_for_all(cast):
    both = lesson(cast, students=(cast.amina, cast.bruno))
    for who in (cast.amina_user, cast.teacher):
        with pytest.raises(PermissionDenied):
            actions.propose(who, both, Terms([at()]))


def test_other_times_instead_of_an_answer_decline_the_first(cast, booked, proposed):
    with pytest.raises(ValidationError, match="Withdraw them first"):
        actions.propose(cast.amina_user, booked, Terms([at(25)]))
    counter = actions.propose(cast.teacher, booked, Terms([at(25)]))
    proposed.refresh_from_db()
    assert (proposed.state, counter.turn, counter.is_open) == ("declined", "student", True)
    assert told("lesson_proposal") >= {cast.amina_user.pk}
    assert actions.accept(cast.amina_user, counter, counter.times.get().pk).day == at(25).day


@pytest.mark.parametrize(("side", "other"), [("student", "teacher"), ("teacher", "student")])
def test_staff_propose_for_either_side(cast, booked, side, other):
    assert actions.propose(cast.staff, booked, Terms([at()], side=side)).turn == other
    assert told("lesson_proposal") == {{"teacher": cast.teacher, "student": cast.amina_user}[other].pk}


REFUSED = [
    ([], "Propose one to 3"),
    ([20, 21, 22, 23], "Propose one to 3"),
    ([-1], "This time has passed"),
    ([20, 20], "twice"),
    ([30], "at this time already"),
]


@pytest.mark.parametrize(("days", "said"), REFUSED)
def test_what_cannot_be_proposed_is_said_and_holds_nothing(cast, booked, days, said):
    with pytest.raises(ValidationError, match=said):
        actions.propose(cast.amina_user, booked, Terms([at(each) for each in days]))
    assert not Proposal.objects.exists()
    assert not Claim.objects.exclude(booking=booked).exists()


def test_a_students_clash_is_refused_to_the_student_and_a_warning_to_staff(cast, booked):
    lesson(cast, 20, teacher=cast.teacher2)
    for who in (cast.amina_user, cast.staff):
        with pytest.raises(actions.Clash, match="Amina has another lesson") as clash:
            actions.propose(who, booked, Terms([at(20)]))
        assert clash.value.code == "student"
        assert clash.value.nearest
    with pytest.raises(actions.Clash):
        actions.propose(cast.amina_user, booked, Terms([at(20)]), anyway=True)
    assert actions.propose(cast.staff, booked, Terms([at(20)]), anyway=True).is_open


def test_a_taken_time_is_refused_with_the_nearest(cast, booked):
    lesson(cast, 20, students=(cast.bruno,))
    with pytest.raises(actions.Clash, match="Tariq Teacher is taken") as clash:
        actions.propose(cast.amina_user, booked, Terms([at(20)]))
    assert clash.value.nearest


def test_times_that_touch_each_other_and_the_lesson_itself_are_held_together(cast, booked):
    half = WallTime(booked.day, time(15, 30), "UTC")
    proposal = actions.propose(cast.amina_user, booked, Terms([half, WallTime(booked.day, time(16), "UTC")]))
    (span,) = set(proposal.claims.values_list("start", "end"))
    assert span == (booked.end, booked.end + timedelta(hours=1))
    moved = actions.accept(cast.teacher, proposal, proposal.times.first().pk)
    assert moved.start == booked.start + timedelta(minutes=30)
    assert set(moved.claims.values_list("start", "end")) == {moved.span}


@pytest.mark.parametrize("change", ["moved", "called off"])
def test_a_lesson_that_changes_otherwise_ends_what_was_proposed(cast, booked, proposed, change):
    if change == "moved":
        actions.move(cast.staff, booked, at(40).day, time(10), "UTC", 60)
    else:
        actions.call_off(cast.staff, booked, "Ill")
    proposed.refresh_from_db()
    assert (proposed.state, proposed.claims.count()) == ("withdrawn", 0)
    assert Booking.objects.get().claims.count() == (1 if change == "moved" else 0)


def test_the_same_form_twice_is_one_proposal(cast, booked):
    form = Terms([at()], client_key=uuid.uuid4())
    assert actions.propose(cast.amina_user, booked, form) == actions.propose(cast.amina_user, booked, form)


def test_each_step_is_in_the_audit(cast, booked, proposed):
    counter = actions.propose(cast.teacher, booked, Terms([at(25)]))
    actions.accept(cast.amina_user, counter, counter.times.get().pk)
    verbs = AuditEntry.objects.filter(verb__startswith="lesson-move.").order_by("pk").values_list("verb", flat=True)
    assert [verb.rpartition(".")[2] for verb in verbs] == ["proposed", "declined", "proposed", "accepted"]


def test_the_pages_propose_accept_and_keep_what_was_typed(cast, booked, client_for, query_count):
    student, teacher = client_for(cast.amina_user), client_for(cast.teacher)
    page = f"/bookings/{booked.pk}/"
    assert "Propose other times" in student.get(page).content.decode()
    wrong = student.post(f"{page}proposals/", {"day_1": "2020-01-01", "at_1": "15:00", "zone": "UTC", "word": "Exams"})
    assert wrong.status_code == 422
    assert "This time has passed" in wrong.content.decode()
    assert "Exams" in wrong.content.decode()
    sent = {"day_1": at().day.isoformat(), "at_1": "15:00", "zone": "UTC", "word": "Exams"}
    assert student.post(f"{page}proposals/", sent).url == page
    proposal = Proposal.objects.get()
    seen = student.get(page).content.decode()
    assert "Withdraw" in seen
    assert "Move it there" not in seen
    assert query_count(lambda: teacher.get(page)) <= 15
    seen = teacher.get(page).content.decode()
    assert "Move it there" in seen
    assert "Exams" in seen
    refused = student.post(f"/proposals/{proposal.pk}/approval/", {"time": proposal.times.get().pk})
    assert refused.status_code == 403
    assert teacher.post(f"/proposals/{proposal.pk}/approval/", {"time": proposal.times.get().pk}).url == page
    seen = teacher.get(page).content.decode()
    assert "proposed by <bdi>Amina Diallo</bdi>, accepted by <bdi>Tariq Teacher</bdi>: <bdi>Exams</bdi>" in seen
    # The second click of whoever accepted is no fault.
    assert teacher.post(f"/proposals/{proposal.pk}/approval/", {"time": "1"}).url == page
    told = student.post(f"/proposals/{proposal.pk}/withdrawal/")
    assert told.status_code == 422
    assert "answered already" in told.content.decode()


def test_a_move_is_checked_like_a_new_lesson(cast, booked):
    batch = factories.batch(teacher=cast.teacher, end=at(40).day)
    own = lesson(cast, students=(), batch=batch, hour=18)
    with pytest.raises(ValidationError, match="ends before that day"):
        actions.move(cast.teacher, own, at(41).day, time(10), "UTC", 60)
    cast.teacher.is_active = False
    cast.teacher.save()
    with pytest.raises(ValidationError, match="can't sign in any more"):
        actions.move(cast.staff, booked, at(41).day, time(10), "UTC", 60)


def test_a_free_time_takes_the_place_of_the_one_that_is_taken(cast, booked, client_for):
    lesson(cast, 21, students=(cast.bruno,))
    student, page = client_for(cast.amina_user), f"/bookings/{booked.pk}/proposals/"
    sent = {"day_1": at(20).day.isoformat(), "at_1": "15:00", "day_2": at(21).day.isoformat(), "at_2": "15:00"}
    sent |= {"zone": "UTC", "word": "Exams"}
    free = f"{at(21).day.isoformat()}T16:00"
    assert f'name="take_2" value="{free}"' in student.post(page, sent).content.decode()
    filled = student.post(page, sent | {"take_2": free}).content.decode()
    assert 'value="16:00"' in filled
    assert not Proposal.objects.exists()
    student.post(page, sent | {"at_2": "16:00"})
    assert [each.at.hour for each in Proposal.objects.get().times.all()] == [15, 16]


def test_what_postgresql_ends_as_a_deadlock_is_a_clash(cast, booked, monkeypatch):
    class Deadlock(Exception):  # noqa: N818 - as the driver has it
        sqlstate = "40P01"

    def ended(rows):
        raise OperationalError from Deadlock()

    monkeypatch.setattr(Claim.objects, "bulk_create", ended)
    with pytest.raises(actions.Clash, match="Try again"):
        actions.propose(cast.amina_user, booked, Terms([at(20)]))
    assert not Proposal.objects.exists()
