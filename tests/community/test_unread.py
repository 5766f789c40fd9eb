"""The filter of unread topics: what others wrote and one hasn't read, pinned ones first, in pages that stop early."""

import pytest
from django.urls import reverse

from apps.community import actions, listing
from apps.community.models import Topic
from apps.conversations.actions import delete_message
from tests.community.place import fixture_place  # noqa: F401

pytestmark = pytest.mark.django_db
SORTS = {"active": "last_key", "new": "created", "replies": "replies"}


def shown(client, place, **query) -> tuple[list[str], str]:
    """The titles on one page of unread topics, and what the page says."""
    url = reverse("community:topic_list", args=[place.course.pk])
    response = client.get(url, {"show": "unread", **query})
    return [topic.title for topic in response.context["listing"].rows], response.text


@pytest.fixture
def lively(place):
    """45 topics: of others, one's own, answered by others, read, read and answered since, with news that are gone."""
    for number in range(45):
        topic = place.topic(place.a if number % 3 == 0 else place.b, f"Topic {number}")
        if number % 4 == 0:
            place.reply(place.c, topic)
        if number % 5 == 0:
            place.open(place.a, topic)
        if number % 10 == 0:
            reply = place.reply(place.b, topic)
            if number % 20 == 0:
                delete_message(place.b, reply)
        if number in {7, 8, 10}:
            actions.pin_topic(place.instructor, topic)
    return place


def unread(place, person) -> list[Topic]:
    """A recount, topic by topic."""
    found = []
    for topic in Topic.objects.all().standing().filter(community=place.community):
        mark = topic.conversation.participants.filter(user=person).values_list("last_read", flat=True).first() or 0
        news = topic.conversation.messages.filter(deleted=None, key__gt=mark).exclude(author=person)
        if news.exists():
            found.append(topic)
    return found


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_its_pages_hold_each_of_them_once_pinned_ones_first(lively, client_for, sort):
    client, field = client_for(lively.a), SORTS[sort.removeprefix("-")]
    listed = [title for page in (1, 2) for title in shown(client, lively, sort=sort, page=page)[0]]
    expected = unread(lively, lively.a)
    assert len(expected) > 20
    pinned = sorted((each for each in expected if each.pin_position), key=lambda each: each.pin_position)
    others = [each for each in expected if not each.pin_position]
    others.sort(key=lambda each: (getattr(each, field), each.pk), reverse=not sort.startswith("-"))
    assert listed == [each.title for each in (*pinned, *others)]


def test_a_page_takes_as_many_queries_for_few_as_for_many(place, client_for, query_count):
    client = client_for(place.a)
    place.topic(place.b)
    few = query_count(lambda: shown(client, place))
    for number in range(30):
        place.topic(place.b, f"Topic {number}")
    assert query_count(lambda: shown(client, place)) == few <= 15


def test_beyond_so_many_they_are_neither_counted_nor_paged(place, client_for, monkeypatch):
    monkeypatch.setattr(listing, "MOST_UNREAD", 25)
    client = client_for(place.a)
    for number in range(25):
        place.topic(place.b, f"Topic {number}")
    titles, text = shown(client, place)
    assert (len(titles), "1–20 of 25" in text, "more than" in text) == (20, True, False)
    newest = place.topic(place.b, "One more")
    titles, text = shown(client, place)
    assert ("1–20 of more than 25" in text, titles[0]) == (True, newest.title)
    assert "more than 25 topics found" in text
    titles, text = shown(client, place, page=2)
    assert (len(titles), "21–25 of more than 25" in text, 'rel="next"' in text) == (5, True, False)
    # Read, they make room for what comes after.
    for topic in Topic.objects.filter(title__in=titles):
        place.open(place.a, topic)
    assert shown(client, place)[1].count("of 21") == 1
