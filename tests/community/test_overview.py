"""All of one's communities on one page: which there are, what is new in each, and when anything last happened."""

import pytest

from apps.accounts.models import Role
from apps.community.models import Audience
from apps.conversations.actions import mark_read, send_message
from tests import factories
from tests.community.place import Place, fixture_place  # noqa: F401

LIST = "/communities/"


@pytest.fixture
def reader(place):
    """Somebody in the course of `place` and in another, quiet one."""
    person = factories.user(Role.STUDENT, "Rea")
    place.enroll(person)
    other = Place()
    record = place.course.enrollments.get(student__user=person).student
    factories.enrollment(student=record, batch=other.batch)
    return person, other


def row(client, community):
    page = client.get(LIST)
    return next(each for each in page.context["listing"].rows if each.pk == community.pk), page.text


def test_each_says_what_is_new_in_it(place, client_for, reader):
    person, _ = reader
    client = client_for(person)
    first, second = place.topic(place.a, "First"), place.topic(place.b, "Second")
    place.reply(place.b, first)
    send_message(person, place.community.chat, "Hello")
    send_message(place.a, place.community.chat, "Hello yourself")
    found, text = row(client, place.community)
    assert (found.unread_topics, found.unread_chat) == (2, 1)
    assert "2 unread topics · 1 unread in the chat" in text
    place.open(person, first)
    place.open(person, second)
    mark_read(person, place.community.chat, 2**62)
    found, text = row(client, place.community)
    assert (found.unread_topics, found.unread_chat) == (0, 0)
    assert "Nothing new" in text
    newest = place.reply(place.a, second)
    found, _ = row(client, place.community)
    assert (found.unread_topics, found.last_key) == (1, newest.key)


def test_the_lively_ones_come_first_and_a_search_finds_by_title(place, client_for, reader):
    person, other = reader
    client, community = client_for(person), other.community
    assert "Nobody has written yet" in client.get(LIST).text
    place.topic(place.a)
    listed = [each.pk for each in client.get(LIST).context["listing"].rows]
    assert listed == [place.community.pk, community.pk]
    community.title = "Lounge"
    community.save(update_fields=["title"])
    assert [each.pk for each in client.get(f"{LIST}?q=loun").context["listing"].rows] == [community.pk]


def test_outsiders_find_none(place, client_for):
    assert not client_for(place.outsider).get(LIST).context["listing"].rows


def test_twice_as_many_take_as_many_queries(place, client_for, reader, query_count):
    person, other = reader
    other.topic(other.a)
    few = query_count(lambda: client_for(person).get(LIST))
    record = place.course.enrollments.get(student__user=person).student
    for _ in range(3):
        another = Place()
        factories.enrollment(student=record, batch=another.batch)
        another.topic(another.a)
        send_message(another.a, another.community.chat, "Hello")
    assert query_count(lambda: client_for(person).get(LIST)) == few


def test_members_are_told_that_a_community_is_closed_and_others_find_nothing(place, client_for):
    community = place.community
    community.audience = Audience.MODERATORS
    community.save(update_fields=["audience"])
    url = community.get_absolute_url()
    assert f'href="{url}"' in client_for(place.a).get(place.course.get_absolute_url()).text
    page = client_for(place.a).get(url)
    assert page.status_code == 200
    assert "For now only its moderators read it." in page.text
    assert client_for(place.a).get(f"{url}chat/").status_code == 404
    assert client_for(place.outsider).get(url).status_code == 404
    assert "For now only" not in client_for(place.moderator).get(url).text
