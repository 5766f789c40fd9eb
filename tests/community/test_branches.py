"""A branch of a topic on a page of its own, what is new there, and what each reply offers without script."""

import uuid

import pytest
from django.urls import reverse

from apps.community import actions
from apps.community.models import Approval, Topic
from apps.conversations import reading
from apps.conversations.actions import send_message
from apps.conversations.reading import reading_of
from apps.conversations.threads import END, open_thread
from tests import factories
from tests.community.place import fixture_place  # noqa: F401
from tests.community.rooms import held_by


@pytest.fixture
def topic(place):
    return place.topic(place.a)


@pytest.fixture
def deep(place, topic):
    """Replies seven deep, with a second branch beside them and one below the fifth."""
    replies = [place.reply(place.b, topic, "Reply 1")]
    for number in range(2, 8):
        replies.append(place.reply((place.a, place.b)[number % 2], topic, f"Reply {number}", to=replies[-1]))
    place.reply(place.c, topic, "Elsewhere")
    replies.append(place.reply(place.c, topic, "Beside the sixth", to=replies[4]))
    return replies


def said(page):
    return [message.body for message in page.context["thread"].messages]


def test_a_branch_has_its_first_reply_and_all_below_it(place, topic, deep, client_for):
    page = client_for(place.c).get(topic.get_absolute_url(), {"branch": deep[4].place})
    assert said(page) == ["Reply 5", "Reply 6", "Reply 7", "Beside the sixth"]
    assert f'data-branch="{deep[4].place}"' in page.text
    assert f'href="{topic.get_absolute_url()}?at={deep[4].pk}#message-{deep[4].pk}"' in page.text
    assert f'name="reply_to" value="{deep[4].pk}"' in page.text


def test_a_long_branch_is_read_on_to_its_end_and_no_further(place, topic, deep, client_for, monkeypatch):
    monkeypatch.setattr(open_thread, "__defaults__", (END, None, 3))
    client = client_for(place.c)
    page = client.get(topic.get_absolute_url(), {"branch": deep[4].place})
    assert said(page) == ["Reply 5", "Reply 6", "Reply 7"]
    newer = f"?newer={deep[6].place}&branch={deep[4].place}"
    assert newer.replace("&", "&amp;") in page.text
    rest = client.get(f"/conversations/{topic.conversation_id}/messages/{newer}")
    assert said(rest) == ["Beside the sixth"]
    assert "newer=" not in rest.text
    plain = client.get(f"/conversations/{topic.conversation_id}/{newer}", follow=True)
    assert said(plain) == ["Beside the sixth"]


@pytest.mark.parametrize("branch", ["x", "00001a", "00001b00002", "1", "00001a00002'"])
def test_what_is_no_place_is_refused(place, topic, client_for, branch):
    assert client_for(place.c).get(topic.get_absolute_url(), {"branch": branch}).status_code == 400


def test_a_branch_that_is_not_there_is_not_found(place, topic, client_for):
    assert client_for(place.c).get(topic.get_absolute_url(), {"branch": "00009"}).status_code == 404


def test_without_script_deep_replies_lead_to_their_branch_and_each_can_be_reported(place, topic, deep, client_for):
    client = client_for(place.c)
    page = client.get(topic.get_absolute_url()).text
    assert f'href="?branch={deep[3].place}">Continue this thread</a>' in page
    assert f'href="?branch={deep[2].place}"' not in page
    flag = reverse("community:flag_detail", args=[deep[0].pk])
    assert f'href="{flag}">Report</a>' in page
    removal = reverse("community:post_removal", args=[deep[0].pk])
    assert removal not in client.get(flag).text
    assert f'href="{removal}">Remove it</a>' in client_for(place.moderator).get(flag).text


@pytest.mark.parametrize("kind", ["chat", "lesson"])
def test_chat_and_comments_can_be_reported_without_script_too(place, client_for, kind, lesson_talk):
    conversation = place.community.chat if kind == "chat" else lesson_talk.conversation
    message = send_message(place.a, conversation, "Hello")
    url = conversation.type.url(message.conversation, place.b)
    assert (
        f'href="{reverse("community:flag_detail", args=[message.pk])}">Report</a>' in client_for(place.b).get(url).text
    )


@pytest.fixture
def lesson_talk(place):
    lesson = factories.lesson(module=factories.module(course=place.course), published=True)
    return actions.comment(place.b, place.community, lesson, "First", uuid.uuid4()).conversation.lesson_talk


def test_ticks_are_shown_in_the_chat_alone(place, topic, lesson_talk):
    shown = {}
    for conversation in (place.community.chat, topic.conversation, lesson_talk.conversation):
        shown[conversation.kind] = bool(reading_of(place.a, conversation, ["everyone"]).marks)
    assert shown == {"course": True, "topic": False, "lesson": False}


def test_read_positions_are_pushed_only_to_pages_with_ticks(place, topic, monkeypatch):
    pushed = []
    monkeypatch.setattr(reading._pushes, "soon", lambda key: pushed.append(key[0]))
    send_message(place.a, place.community.chat, "Hello")
    place.open(place.b, topic)
    reading.positions_changed(place.community.chat, ["everyone"])
    reading.positions_changed(topic.conversation, ["everyone"])
    assert topic.conversation_id not in pushed
    assert place.community.chat_id in pushed


def test_t8_what_is_approved_later_stands_in_the_order_of_approval_and_is_new_alone(place, topic, client_for):
    """Research, T8: 14 is held at 10:00, 13 sent at 10:05, read at 10:07, 14 approved at 10:10."""
    four = place.reply(place.a, topic, "4")
    place.reply(place.b, topic, "5", to=four)
    community = place.community
    community.approval = Approval.STUDENTS
    community.save(update_fields=["approval"])
    topic = Topic.objects.get(pk=topic.pk)
    held = held_by(lambda: place.reply(place.c, topic, "14", to=four))
    place.reply(place.instructor, topic, "13", to=four)
    place.open(place.b, topic)
    actions.approve(place.moderator, held, held.version)
    page = client_for(place.b).get(topic.get_absolute_url())
    assert said(page)[1:] == ["4", "5", "13", "14"]
    assert Topic.objects.all().with_figures_for(place.b).get(pk=topic.pk).unread == 1
    fourteen = page.context["thread"].messages[-1]
    assert fourteen.key > page.context["thread"].reading.read
    assert fourteen.created == held.created
    listed = client_for(place.b).get(community.get_absolute_url()).text
    assert 'aria-label="1 unread">1</span>' in listed
