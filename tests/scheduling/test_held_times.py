"""Times that a proposal holds are drawn in the calendars of those who see the lesson, until the proposal ends."""

from datetime import time, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.scheduling import actions
from apps.scheduling.actions import Terms, WallTime
from apps.scheduling.tasks import follow_the_clock
from tests import factories

VIEWS = ["week", "day", "list", "month"]


@pytest.fixture
def day():
    return (timezone.now() + timedelta(days=20)).date()


@pytest.fixture
def booked(cast, day):
    own = {"teacher": cast.teacher, "students": (cast.amina,), "zone": "UTC", "minutes": 60}
    return actions.book(cast.staff, actions.Lesson("Algebra", day=day + timedelta(days=40), at=time(15), **own))


@pytest.fixture
def proposed(cast, booked, day):
    terms = Terms([WallTime(day, time(15), "UTC"), WallTime(day, time(17), "UTC")])
    return actions.propose(cast.amina_user, booked, terms)


def page(client, day, view="week", **more):
    year, week, _ = day.isocalendar()
    asked = {"week": {"week": f"{year}-W{week:02}"}, "month": {"month": f"{day:%Y-%m}"}, "day": {"day": day}}
    return client.get("/calendar/", asked.get(view, {"view": view, "day": day}) | more).text


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_draws_them_as_links_to_the_lesson(cast, client_for, day, booked, proposed, view, query_count):
    for who in ("amina_user", "teacher", "staff"):
        text = page(client_for(getattr(cast, who)), day, view)
        assert text.count("data-held=") == 2, who
        assert text.count("Held: Algebra") == 2, who
        assert f'href="{booked.get_absolute_url()}"' in text, who
    student = client_for(cast.amina_user)
    assert query_count(lambda: page(student, day, view)) <= 15


def test_only_those_who_see_the_lesson_see_them(cast, client_for, day, booked, proposed):
    for who in ("teacher2", "bruno_user", "outsider"):
        assert "data-held" not in page(client_for(getattr(cast, who)), day), who
        assert "data-held" not in page(client_for(getattr(cast, who)), day, student=cast.amina.pk), who
    staff = client_for(cast.staff)
    assert "data-held" in page(staff, day, teacher=cast.teacher.pk)
    assert "data-held" not in page(staff, day, teacher=cast.teacher2.pk)
    assert "data-held" not in page(staff, day, room=factories.room().pk)
    assert "data-held" not in page(staff, day + timedelta(days=7))


ENDS = {
    "accepted": lambda cast, proposal: actions.accept(cast.teacher, proposal, proposal.times.first().pk),
    "declined": lambda cast, proposal: actions.refuse(cast.teacher, proposal),
    "withdrawn": lambda cast, proposal: actions.take_back(cast.amina_user, proposal),
    "called off": lambda cast, proposal: actions.call_off(cast.teacher, proposal.booking, "Ill"),
}


@pytest.mark.parametrize("end", ENDS)
def test_they_vanish_when_the_proposal_ends_and_pages_are_told(cast, client_for, day, booked, proposed, end, signals):
    ENDS[end](cast, proposed)
    assert {f"user-{cast.amina_user.pk}", f"user-{cast.teacher.pk}", "calendar"} <= set(signals)
    assert "data-held" not in page(client_for(cast.amina_user), day)
    assert "data-held" not in page(client_for(cast.staff), day)


def test_they_vanish_when_nobody_answered_in_time(cast, client_for, day, booked, proposed, signals):
    with time_machine.travel(proposed.expires + timedelta(seconds=30), tick=False):
        assert "data-held" not in page(client_for(cast.amina_user), day)
        follow_the_clock.call_local()
        assert f"user-{cast.amina_user.pk}" in signals


def test_it_takes_as_many_queries_for_many(cast, client_for, day, booked, proposed, query_count):
    client = client_for(cast.amina_user)
    page(client, day)
    few = query_count(lambda: page(client, day))
    own = {"teacher": cast.teacher, "students": (cast.amina,), "zone": "UTC", "minutes": 60}
    for number in (1, 2, 3):
        other = actions.Lesson("Other", day=day + timedelta(days=40 + number), at=time(15), **own)
        times = [WallTime(day, time(number), "UTC"), WallTime(day, time(number + 4), "UTC")]
        actions.propose(cast.teacher, actions.book(cast.staff, other), Terms(times))
    assert query_count(lambda: page(client, day)) == few <= 15


@pytest.fixture
def signals(monkeypatch):
    """The channels that were told that something changed."""
    found = []
    monkeypatch.setattr("apps.scheduling.live.signal", lambda channel, *name: found.append(channel))
    return found
