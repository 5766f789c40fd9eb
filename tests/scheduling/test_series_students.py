"""Who takes part in a series by name changes with it: in lessons to come, with everyone told, until it is undone."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from apps.courses.models import Enrollment
from apps.notifications import fanout
from apps.notifications.models import Event
from apps.scheduling import actions
from apps.scheduling.actions import NewSeries, SeriesEdit
from apps.scheduling.models import Attendee, Booking, Proposal, Series, SeriesChange
from apps.scheduling.recurrence import Pattern, Rule
from tests import factories

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TUESDAY, THIRD = date(2026, 10, 13), date(2026, 10, 27)


@pytest.fixture(autouse=True)
def october(cast):
    """1 October 2026; the teacher also teaches Chloe."""
    Enrollment.objects.update(enrolled_at=NOW - timedelta(days=30))
    factories.enrollment(student=cast.chloe, batch=factories.batch(teacher=cast.teacher), enrolled_at=NOW)
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def series(cast):
    """Four Tuesdays for Amina and Bruno."""
    return actions.start_series(cast.teacher, wanted(cast, TUESDAY, 4, cast.amina, cast.bruno))[0]


def wanted(cast, first, count, *students, at=17):
    rule = Rule(Pattern.WEEKLY, first, count=count)
    return NewSeries("Algebra", cast.teacher, rule, time(at), "UTC", 60, students)


def change(cast, series, start=THIRD, count=2, students=None, actor=None, **more):
    people = students or (cast.amina, cast.chloe)
    edit = SeriesEdit(start, wanted(cast, start, count, *people, **more), {})
    return actions.change_series(actor or cast.teacher, series, edit)


def who():
    """Who takes part in each lesson, by its day."""
    rows = Booking.objects.order_by("start", "pk")
    return [(row.day.day, sorted(row.attendees().values_list("given_name", flat=True))) for row in rows]


BEFORE = [(day, ["Amina", "Bruno"]) for day in (13, 20, 27, 3)]


def test_this_and_the_following_lose_one_and_gain_another_until_it_is_undone(cast, series):
    uids = set(Booking.objects.values_list("uid", flat=True))
    new, done = change(cast, series)
    assert who() == [*BEFORE[:2], (27, ["Amina", "Chloe"]), (3, ["Amina", "Chloe"])]
    assert set(Booking.objects.values_list("uid", flat=True)) == uids
    assert Booking.objects.visible_to(cast.chloe_user).count() == 2
    assert Booking.objects.visible_to(cast.bruno_user).count() == 2
    assert set(Booking.objects.filter(series=new).values_list("sequence", flat=True)) == {1}
    assert set(new.students.all()) == {cast.amina, cast.chloe}
    assert set(series.students.all()) == {cast.amina, cast.bruno}
    assert actions.undo_series(cast.teacher, done) == series
    assert who() == BEFORE
    assert Attendee.objects.count() == 8


def test_the_past_keeps_its_people(cast, series, october):
    october.move_to(datetime(2026, 10, 21, tzinfo=UTC))
    change(cast, series, start=THIRD)
    assert who()[:2] == BEFORE[:2]


def test_exceptions_change_people_and_keep_their_hour(cast, series):
    third, last = Booking.objects.order_by("start")[2:]
    actions.move(cast.staff, third, date(2026, 10, 28), time(9), "UTC", 60)
    actions.call_off(cast.staff, last, "Holiday")
    _, done = change(cast, series)
    third.refresh_from_db()
    assert (third.day, third.at) == (date(2026, 10, 28), time(9))
    assert who()[2:] == [(28, ["Amina", "Chloe"]), (3, ["Amina", "Bruno"])]
    actions.undo_series(cast.teacher, done)
    assert who()[2:] == [(28, ["Amina", "Bruno"]), (3, ["Amina", "Bruno"])]


def test_those_who_join_and_leave_are_told_and_each_page_opens(cast, series, client_for):
    new, done = change(cast, series)
    event = Event.objects.get(key=f"series-{done.pk}")
    assert set(event.people) == {each.pk for each in (cast.amina_user, cast.bruno_user, cast.chloe_user)}
    fanout.tell(event.key)
    bruno, chloe = client_for(cast.bruno_user), client_for(cast.chloe_user)
    page = bruno.get("/notifications/").text
    assert "From 27 Oct 2026 on you no longer take part in" in page
    link = re.search(r'href="(/notifications/\d+/)"', page)[1]
    assert bruno.get(link).url.startswith(series.get_absolute_url())
    assert bruno.get(new.get_absolute_url()).status_code == 404
    old = bruno.get(series.get_absolute_url()).text
    assert "A changed series" not in old
    assert "has changed" in chloe.get("/notifications/").text
    assert chloe.get(new.get_absolute_url()).status_code == 200


def test_a_proposal_of_somebody_who_leaves_ends(cast):
    alone = actions.start_series(cast.staff, wanted(cast, TUESDAY, 4, cast.bruno))[0]
    moved = Booking.objects.order_by("start").last()
    actions.move(cast.staff, moved, date(2026, 11, 4), time(9), "UTC", 60)
    terms = actions.Terms([actions.WallTime(date(2026, 11, 5), time(9), "UTC")])
    proposal = actions.propose(cast.bruno_user, moved, terms)
    change(cast, alone, students=(cast.amina,))
    assert not Proposal.objects.get(pk=proposal.pk).is_open
    assert moved.attendees().get() == cast.amina
    assert not moved.claims.exclude(booking=moved).exists()


def test_a_teacher_adds_nobody_whom_they_do_not_teach(cast, series):
    stranger = factories.student()
    with pytest.raises(PermissionDenied):
        change(cast, series, students=(cast.amina, stranger))
    assert who() == BEFORE


def test_somebody_who_is_busy_then_is_named(cast, series):
    actions.book(
        cast.staff, actions.Lesson("Physics", cast.teacher2, THIRD, time(17), "UTC", 60, students=(cast.chloe,))
    )
    with pytest.raises(actions.Unsettled) as refused:
        change(cast, series, actor=cast.staff)
    assert [each.busy for each in refused.value.plan.dates] == ["Chloe has another lesson then.", ""]
    assert [row.series for row in Booking.objects.filter(series__isnull=False)] == [series] * 4


@pytest.mark.parametrize("count", [2, 1], ids=["a date of the new rule", "none"])
def test_somebody_who_joins_and_is_busy_at_an_exception_is_named(cast, series, count):
    moved = Booking.objects.order_by("start").last()
    actions.move(cast.staff, moved, date(2026, 11, 4), time(9), "UTC", 60)
    physics = actions.Lesson("Physics", cast.teacher2, date(2026, 11, 4), time(9), "UTC", 60, students=(cast.chloe,))
    actions.book(cast.staff, physics)
    with pytest.raises(actions.Unsettled, match="leave the student out"):
        change(cast, series, count=count)
    with pytest.raises(actions.Unsettled) as refused:
        change(cast, series, count=count, actor=cast.staff)
    assert [(each.row.day.day, each.busy) for each in refused.value.plan.busy][-1][
        1
    ] == "Chloe has another lesson then."
    known = [each.day for each in refused.value.plan.busy]
    assert known == [date(2026, 11, 3)]


def test_who_left_is_told_of_nothing_later(cast, series):
    new, _ = change(cast, series)
    ended = actions.end_series(cast.teacher, new, THIRD, "I am ill")
    people = Event.objects.get(key=f"series-{ended.pk}").people
    assert cast.chloe_user.pk in people
    assert cast.bruno_user.pk not in people


def test_the_form_names_who_takes_part_and_the_list_says_who_joins_and_leaves(cast, series, client_for):
    client, url = client_for(cast.teacher), f"/series/{series.pk}/change/?from={THIRD}"
    assert 'value="S001, S002"' in client.get(url).text
    own = {"subject": "Algebra", "day": THIRD.isoformat(), "at": "17:00", "minutes": "60", "zone": "UTC"}
    own |= {"pattern": "weekly", "interval": "1", "ends": "count", "count": "2", "students": "S001, S003"}
    page = client.post(url, own | {"go": "preview"}).text
    assert "<strong>Joining:</strong> <bdi>Chloe" in page
    assert "<strong>Leaving:</strong> <bdi>Bruno" in page
    assert client.post(url, own | {"go": "save"}).url == Series.objects.latest("pk").get_absolute_url()
    assert who()[2:] == [(27, ["Amina", "Chloe"]), (3, ["Amina", "Chloe"])]
    assert SeriesChange.objects.latest("pk").is_undoable
    none = client.post(f"/series/{Series.objects.latest('pk').pk}/change/", own | {"students": "", "go": "preview"})
    assert none.status_code == 422
    assert "Choose at least one student. To call the lessons off, end the series." in none.text
