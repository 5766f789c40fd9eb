"""Replies, views, unread and order equal a slow recount (vectors C1 to C4 and C14 of the research)."""

import contextlib
import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.community import actions
from apps.community.actions.flags import standing_removal
from apps.community.models import Flag, Removal, Topic
from apps.community.moderation_queue import waiting_count
from apps.conversations import tree
from apps.conversations.actions import delete_message, edit_message, mark_read, restore_message
from apps.conversations.models import Message, Participant
from apps.conversations.threads import open_thread
from tests.community.place import fixture_place  # noqa: F401


def seen(topic, person):
    return Topic.objects.all().with_figures_for(person).get(pk=topic.pk)


def figures(place, topic):
    """Replies, views, and what A, B and C haven't read."""
    row = seen(topic, place.a)
    return row.replies, row.views, [seen(topic, each).unread for each in (place.a, place.b, place.c)]


def test_figures_follow_what_happens(place):
    topic = place.topic(place.a)  # C1
    assert figures(place, topic) == (0, 0, [0, 1, 1])
    place.open(place.b, topic)  # C2
    place.open(place.b, topic)
    place.open(place.c, topic)
    assert figures(place, topic) == (0, 2, [0, 0, 0])
    first = place.reply(place.b, topic)  # C3
    place.open(place.c, topic)
    place.reply(place.c, topic, to=first)
    assert figures(place, topic) == (2, 2, [2, 1, 0])
    delete_message(place.b, first)  # C4
    assert figures(place, topic) == (1, 2, [1, 1, 0])
    assert [bool(message.deleted) for message in open_thread(place.a, topic.conversation).messages] == [0, 1, 0]


def test_a_page_of_a_topic_counts_its_replies_again_when_one_is_written_deleted_or_put_back(place, published):
    topic = place.topic(place.a)
    asked = f"event: topic-{topic.pk}\n"

    def heard(happening):
        published.clear()
        with published():
            happening()
        return [channel for channel, text in published if text.startswith(asked)]

    pages = [f"conversation-{topic.conversation_id}"]
    assert heard(lambda: place.reply(place.b, topic)) == pages
    reply = topic.conversation.messages.exclude(place=tree.FIRST).get()
    assert heard(lambda: actions.remove_post(place.moderator, reply, "Off topic")) == pages
    assert heard(lambda: actions.restore_post(place.instructor, reply)) == pages


def test_a_look_counts_nothing_and_the_author_is_no_viewer(place, client_for):
    topic = place.topic(place.a)
    client = client_for(place.b)
    client.get(topic.get_absolute_url())
    client.head(topic.get_absolute_url())
    place.open(place.a, topic)
    assert figures(place, topic) == (0, 0, [0, 1, 1])
    Topic.objects.filter(pk=topic.pk).update(author=None)
    place.open(place.b, topic)
    assert seen(topic, place.b).views == 2


def test_a_deleted_topic_is_in_no_list_and_comes_back_with_its_figures(place, client_for):
    # C14
    topic = place.topic(place.a)
    place.reply(place.b, topic)
    before = figures(place, topic)
    actions.remove_post(place.instructor, topic.conversation.messages.get(place=tree.FIRST), "Said before")
    page = client_for(place.c).get(f"/courses/{place.course.pk}/community/")
    assert not page.context["listing"].rows
    assert client_for(place.c).get(topic.get_absolute_url()).status_code == 404
    assert client_for(place.instructor).get(topic.get_absolute_url()).status_code == 200
    actions.restore_post(place.instructor, topic.conversation.messages.get(place=tree.FIRST))
    assert figures(place, topic) == before


def recount(topic, person):
    """All of it from the rows of one topic, one by one."""
    messages = list(topic.conversation.messages.all())
    live = [message for message in messages if not message.deleted]
    people = Participant.objects.filter(conversation=topic.conversation)
    read = {each.user_id: each.last_read for each in people}
    return (
        sum(message.place != tree.FIRST for message in live),
        max((message.key for message in live), default=0),
        sum(message.author_id != person.pk and message.key > read.get(person.pk, 0) for message in live),
        sum(last > 0 and user != topic.author_id for user, last in read.items()),
    )


def listed(place, person):
    """The slow order: pins by position, then by the newest live message."""
    rows = [row for row in Topic.objects.filter(community=place.community) if not row.deleted]
    pinned = sorted((row for row in rows if row.pin_position), key=lambda row: row.pin_position)
    others = [(recount(row, person)[1], row.pk) for row in rows if not row.pin_position]
    return [row.pk for row in pinned] + [pk for _, pk in sorted(others, reverse=True)]


def shown(topic):
    """The slow tree: depth first by number, gaps only above what is left and where something is hidden."""
    messages = sorted(topic.conversation.messages.all(), key=lambda message: message.place.split(tree.SEPARATOR))
    live = [message.place for message in messages if not message.deleted]
    return [
        message.pk
        for message in messages
        if not message.deleted
        or message.hidden
        or message.place == tree.FIRST
        or any(place.startswith(f"{message.place}a") for place in live)
    ]


def to_decide(moderator):
    """The slow queue: what is hidden, and what is reported and still there; nobody decides about their own."""
    removals = [row for row in Removal.objects.select_related("message") if row.state != "restored"]
    for row in removals:
        topic = row.message.conversation.topic if row.message.place == tree.FIRST else None
        assert topic.deleted if topic else (row.message.deleted and row.message.hidden == (row.state == "hidden"))
    hidden = {row.message for row in removals if row.state == "hidden"}
    reported = {flag.message for flag in Flag.objects.select_related("message") if flag.outcome == "open"}
    # Nobody has to decide about what its author deleted.
    assert all(message.hidden or not message.deleted for message in reported)
    reported -= {row.message for row in removals}
    return len([message for message in hidden | reported if message.author_id != moderator.pk])


@pytest.mark.parametrize("seed", range(4))
def test_figures_and_orders_equal_a_recount_after_a_random_history(place, seed):
    chance = random.Random(seed)
    people = [place.a, place.b, place.c, place.moderator, place.instructor]
    topics = [place.topic(chance.choice(people), f"Topic {number}") for number in range(3)]

    def step():
        topic, person = chance.choice(topics), chance.choice(people)
        message = chance.choice(list(Message.objects.filter(conversation=topic.conversation)))
        verbs = {
            "post": lambda: topics.append(place.topic(person, "Another")),
            "reply": lambda: place.reply(person, topic, to=message),
            "reply on top": lambda: place.reply(person, topic),
            "edit": lambda: edit_message(person, message, f"Edited {chance.random()}"),
            "delete": lambda: delete_message(person, message),
            "restore": lambda: standing_removal(message) or restore_message(person, message),
            "read": lambda: mark_read(person, topic.conversation, message.key),
            "pin": lambda: actions.pin_topic(person, topic),
            "unpin": lambda: actions.unpin_topic(person, topic),
            "move": lambda: actions.move_pin(person, topic, chance.choice([-1, 1])),
            "remove": lambda: actions.remove_topic(person, topic),
            "report": lambda: actions.flag_message(person, message, "rude"),
            "let stay": lambda: actions.keep_message(person, message),
            "hide": lambda: actions.hide_post(person, message, "Rude"),
            "take down": lambda: actions.remove_post(person, message, "Rude"),
            "put back": lambda: actions.restore_post(person, topic.conversation.messages.get(place=tree.FIRST)),
            "put back the post": lambda: actions.restore_post(person, message),
        }
        often = [
            4 if verb in ("reply", "delete", "restore", "read", "report", "hide", "put back the post") else 1
            for verb in verbs
        ]
        with contextlib.suppress(PermissionDenied, ValidationError):
            verbs[chance.choices(list(verbs), often)[0]]()

    for _ in range(80):
        step()
    for topic in Topic.objects.filter(community=place.community).select_related("conversation"):
        for person in people:
            row = seen(topic, person)
            assert (row.replies, row.last_key, row.unread, row.views) == recount(topic, person)
            unread = Topic.objects.filter(pk=topic.pk).unread_by(person).exists()
            assert unread == (row.unread > 0)
        page = open_thread(place.a, topic.conversation, size=500)
        assert [message.pk for message in page.messages] == shown(topic)
    rows = Topic.objects.filter(community=place.community).standing().pinned_first("-last_key", "-pk")
    assert [row.pk for row in rows] == listed(place, place.a)
    for moderator in (place.moderator, place.instructor):
        assert waiting_count(moderator) == to_decide(moderator)
