"""Who looks at what in the queue."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.community import actions, live
from apps.community.models import Approval
from apps.conversations.actions import send_message
from apps.realtime.presence import presence
from tests.community.rooms import chat, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    presence.cache_clear()
    return room(Approval.STUDENTS)


@pytest.fixture
def told(monkeypatch):
    """The communities whose queues are asked to look again."""
    heard = []
    monkeypatch.setattr(live, "lookers_changed", heard.append)
    return heard


def say(person, status=200, **fields) -> str:
    client = Client()
    client.force_login(person)
    answer = client.post(reverse("community:looking"), {"page": f"page{person.pk}"} | fields)
    assert answer.status_code == status
    return answer.content.decode()


def items(place):
    """One of each kind."""
    held = chat(place, place.cleo)
    post = send_message(place.ida, place.community.chat, "Rude")
    actions.flag_message(place.ana, post, "rude")
    hidden = actions.hide_post(place.maya, send_message(place.ida, place.community.chat, "Ruder"), "Be kind")
    return [f"held-{held.pk}", f"post-{post.pk}", f"removal-{hidden.pk}"]


def test_moderators_see_who_else_looks_at_an_item_until_they_leave(place, told):
    for name in items(place):
        told.clear()
        assert "looking" not in say(place.maya, item=name, shown=name)
        assert "Maya</bdi> is looking at this" in say(place.admin, shown=name)
        say(place.maya, item=name)
        assert told == [place.community.pk]
        say(place.maya, left=name)
        assert told == [place.community.pk] * 2
        assert "looking" not in say(place.admin, shown=name)


def test_one_request_moves_on_and_several_are_counted(place, told):
    first, second, _ = items(place)
    say(place.maya, item=first)
    say(place.maya, item=second, left=first)
    assert "Maya" not in say(place.admin, shown=first)
    say(place.ida, item=first)
    say(place.admin, item=first)
    # Ida wrote the second and the third, and finds neither.
    assert "Maya" not in say(place.ida, shown=second)
    assert "are looking at this" in say(place.maya, shown=first)


def test_members_and_authors_and_moderators_of_other_courses_say_and_learn_nothing(place, told):
    name, own, _ = items(place)
    for stranger in (place.ana, place.cleo, place.otto):
        say(stranger, status=404, item=name, shown=name)
    elsewhere = room().ida
    say(place.ida, item=own, shown=own)
    say(elsewhere, item=name, shown=name)
    assert (told, "looking" in say(place.maya, shown=f"{name} {own}")) == ([], False)


def test_whoever_hides_that_they_are_here_hides_this_too(place, told):
    name, *_ = items(place)
    place.maya.hides_presence = True
    place.maya.save()
    say(place.maya, item=name)
    assert (told, "Maya" in say(place.ida, shown=name)) == ([], False)


def test_what_a_page_says_wrongly_is_refused_or_left_out(place, told):
    say(place.maya, status=400, page="<b>")
    say(place.maya, item="held-x", shown="removal- post-99999999999 nothing-1 held-٣")
    assert told == []


def test_it_takes_the_same_queries_for_one_item_as_for_many(place, query_count):
    names = items(place)
    more = [f"held-{chat(place, place.cleo, f'Hello {number}').pk}" for number in range(6)]
    for name in (*names, *more):
        say(place.maya, item=name)
    assert query_count(lambda: say(place.admin, shown=" ".join(names))) == query_count(
        lambda: say(place.admin, shown=" ".join(names + more))
    )
