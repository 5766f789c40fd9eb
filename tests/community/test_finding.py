"""The search of a community finds topics by title, and messages of all its kinds, of those that its reader may read."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.community import actions
from apps.community.models import LessonTalk, Topic
from apps.conversations import search as searching
from apps.conversations.actions import delete_message, send_message
from tests import factories
from tests.community.place import Place, fixture_place  # noqa: F401

COMMENT = "The prism in minute three"


@pytest.fixture
def lesson(place):
    return factories.lesson(module=factories.module(course=place.course), published=True)


@pytest.fixture
def found(place, client_for):
    """The texts and titles that somebody finds."""
    url = reverse("community:search_list", args=[place.course.pk])

    def find(person, text):
        page = client_for(person).get(url, {"q": text})
        assert page.status_code == 200
        hits, topics = page.context["results"].hits, page.context["topics"]
        return {hit.message.body for hit in hits} | {topic.title for topic in topics}

    return find


def everywhere(place, lesson):
    topic = place.topic(place.a, "Prism of glass", "What does a prism do?")
    place.reply(place.b, topic, "A prism bends it")
    send_message(place.c, place.community.chat, "Who has my prism?")
    actions.comment(place.b, place.community, lesson, COMMENT, uuid.uuid4())
    return topic


WHOLE = {
    "Prism of glass",
    "What does a prism do?",
    "A prism bends it",
    "Who has my prism?",
    COMMENT,
}


def test_titles_topics_replies_chat_and_comments_are_found(place, lesson, found):
    everywhere(place, lesson)
    assert found(place.c, "prism") == WHOLE
    assert found(place.c, "prism -minute -glass") == WHOLE - {COMMENT, "Prism of glass"}
    assert found(place.c, "glass") == {"Prism of glass"}


@pytest.mark.parametrize(("most", "areas"), [(1_000, 100), (0, 100), (0, 0)], ids=["named", "in areas", "of a kind"])
def test_nothing_of_another_community_is_found(place, lesson, found, monkeypatch, most, areas):
    monkeypatch.setattr(searching, "MAX_NAMED", most)
    monkeypatch.setattr(searching, "MAX_AREAS", areas)
    everywhere(place, lesson)
    other = Place()
    factories.enrollment(student=place.course.enrollments.get(student__user=place.a).student, batch=other.batch)
    send_message(other.a, other.community.chat, "Our prism")
    other.topic(other.a, "A prism elsewhere", "Which prism?")
    assert found(place.a, "prism") == WHOLE


def test_a_word_rare_here_and_common_elsewhere_is_found_in_as_many_queries(place, client_for, monkeypatch):
    """Where more topics stand than the index is asked for by name, it is asked for those of this course."""
    monkeypatch.setattr(searching, "MAX_NAMED", 0)
    monkeypatch.setattr(searching, "CHUNK", 5)
    other = Place()
    topic = place.topic(place.a, "Glass", "What does a prism do?")
    busy = other.topic(other.a, "Light", "Prisms")
    url = reverse("community:search_list", args=[place.course.pk])
    client = client_for(place.a)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url, {"q": "prism"})
        assert [hit.message.conversation_id for hit in page.context["results"].hits] == [topic.conversation_id]
        areas = {name for each in queries for name in re.findall(r"atopic(\w+)everyone", each["sql"])}
        assert areas == {str(place.course.pk)}
        return len(queries)

    before = asked()
    for number in range(80):
        factories.topic_post(topic=busy, body=f"A prism, said {number} times")
    assert asked() == before


def test_the_area_of_each_conversation_is_its_course(place, lesson):
    everywhere(place, lesson)
    talks = [*Topic.objects.all(), *LessonTalk.objects.all()]
    areas = {talk.conversation.area for talk in talks} | {place.community.chat.area}
    assert len(talks) == 2
    assert areas == {place.course.pk}


def test_who_cannot_open_a_lesson_finds_none_of_its_comments(place, lesson, found):
    everywhere(place, lesson)
    lesson.published = False
    lesson.save(update_fields=["published"])
    assert COMMENT not in found(place.c, "prism")
    assert COMMENT in found(place.instructor, "prism")


def test_what_was_deleted_is_not_found_not_even_by_moderators(place, lesson, found):
    topic = everywhere(place, lesson)
    reply = topic.conversation.messages.get(body="A prism bends it")
    delete_message(place.b, reply)
    assert found(place.c, "bends") == set()
    actions.remove_post(place.moderator, topic.conversation.messages.order_by("pk").first(), "Said before")
    assert (
        found(place.c, "prism")
        == found(place.moderator, "prism")
        == WHOLE - {*("Prism of glass", "What does a prism do?", "A prism bends it")}
    )


def test_outsiders_find_no_page(place, client_for):
    url = reverse("community:search_list", args=[place.course.pk])
    assert client_for(place.outsider).get(url, {"q": "prism"}).status_code == 404


def test_it_works_without_script_and_leads_to_the_place_of_a_hit(place, lesson, client_for):
    everywhere(place, lesson)
    client = client_for(place.c)
    url = reverse("community:search_list", args=[place.course.pk])
    assert f'href="{url}"' in client.get(place.community.get_absolute_url()).text
    page = client.get(url, {"q": "bends"})
    (hit,) = page.context["results"].hits
    address = f"/conversations/{hit.message.conversation_id}/?at={hit.message.pk}&amp;q=bends#message-{hit.message.pk}"
    assert f'href="{address}"' in page.text
    led = client.get(address.replace("&amp;", "&"), follow=True)
    assert led.redirect_chain[0][0].startswith(hit.message.conversation.topic.get_absolute_url())
    assert f'id="message-{hit.message.pk}"' in led.text


def test_older_hits_are_read_on_from_the_same_address(place, client_for):
    for number in range(searching.PAGE + 1):
        send_message(place.c, place.community.chat, f"prism {number}")
    url = reverse("community:search_list", args=[place.course.pk])
    first = client_for(place.a).get(url, {"q": "prism"})
    before = first.context["results"].before
    assert f'href="{url}?q=prism&amp;before={before}"' in first.text
    (last,) = client_for(place.a).get(url, {"q": "prism", "before": before}).context["results"].hits
    assert last.message.body == "prism 0"


def test_a_hit_is_shown_without_markdown(place, client_for):
    send_message(place.c, place.community.chat, "A **glass** `prism` of [Newton](https://example.com/prism)")
    url = reverse("community:search_list", args=[place.course.pk])
    text = client_for(place.a).get(url, {"q": "prism"}).text
    assert "A glass <mark>prism</mark> of Newton" in text
    assert "**" not in text
