"""What a community's pages may ask of the database: at most 15 queries, as many when lively as when quiet."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.community import actions
from apps.conversations.actions import add_reaction, send_message
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

MOST_QUERIES = 15
PAGES = (
    "/communities/",
    "/courses/{course}/community/",
    "/courses/{course}/community/chat/",
    "/courses/{course}/community/members/",
    "/courses/{course}/community/levels/",
    "/courses/{course}/community/search/?q=hello",
    "/courses/{course}/community/search/?q=topic",
    "/conversations/search/?q=hello",
    "/courses/{course}/community/topics/",
    "/topics/{topic}/",
    "/topics/{topic}/level/",
    "/courses/{course}/lessons/{lesson}/",
    "/courses/{course}/lessons/{lesson}/comments/",
)
TEAM = ("/courses/{course}/community/settings/",)


def grow(place, topic, lesson, count: int) -> None:
    """More of everything: members, topics, replies, chat, comments, reactions, mentions, answers."""
    for number in range(count):
        person = factories.user(Role.STUDENT, f"Extra {uuid.uuid4().hex[:6]}")
        place.enroll(person)
        other = place.topic(person, f"Topic {number} of {count}")
        place.reply(place.b, other)
        reply = place.reply(place.a, topic, f"@{place.c.full_name} {number}")
        add_reaction(place.b, reply, "🎉")
        actions.accept_answer(place.instructor, topic, reply)
        add_reaction(place.c, send_message(place.a, place.community.chat, f"Hello @{place.c.full_name}"), "🎉")
        actions.comment(person, place.community, lesson, f"Comment {number}", uuid.uuid4())


@pytest.mark.parametrize("who", ["a", "moderator", "instructor"])
def test_no_page_takes_more_than_15_queries_or_more_of_them_for_a_lively_community(place, client_for, who):
    topic, lesson = place.topic(place.a), factories.lesson(module=factories.module(course=place.course))
    names = {"course": place.course.pk, "topic": topic.pk, "lesson": lesson.pk}
    pages = [page.format(**names) for page in (*PAGES, *(TEAM if who == "instructor" else ()))]
    client = client_for(getattr(place, who))

    def counts() -> dict[str, int]:
        found = {}
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200, page
            found[page] = len(queries)
        return found

    grow(place, topic, lesson, 2)
    few = counts()
    assert {page: number for page, number in few.items() if number > MOST_QUERIES} == {}
    grow(place, topic, lesson, 4)
    assert counts() == few
