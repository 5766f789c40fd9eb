"""Replies, views, unread and order equal a slow recount (vectors C1 to C4 and C14 of the research)."""

import contextlib
import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict

from apps.accounts.models import Role, User
from apps.community import actions
from apps.community.actions.flags import standing_removal
from apps.community.members import MemberList
from apps.community.models import Approval, Community, Flag, Held, HeldKind, HeldState, Removal, Topic
from apps.community.moderation_queue import waiting_count
from apps.community.overview import with_news
from apps.conversations import tree
from apps.conversations.actions import delete_message, edit_message, mark_read, restore_message, send_message
from apps.conversations.approval import Waits
from apps.conversations.models import Message, Participant
from apps.conversations.reading import unread_counts
from apps.conversations.threads import open_thread
from apps.courses.models import Enrollment
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


# The others once as often.
OFTEN = dict.fromkeys(["reply", "delete", "restore", "read", "report", "hide", "put back the post", "approve"], 4)


def newest_of(conversation):
    return conversation.messages.order_by("-key").values_list("key", flat=True).first() or 0


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
    held = [row for row in Held.objects.all() if row.state == "waiting" and row.author_id != moderator.pk]
    reported = {flag.message for flag in Flag.objects.select_related("message") if flag.outcome == "open"}
    # Nobody has to decide about what its author deleted.
    assert all(message.hidden or not message.deleted for message in reported)
    reported -= {row.message for row in removals}
    return len(held) + len([message for message in hidden | reported if message.author_id != moderator.pk])


def news_of(place, person, topics):
    """The slow figures of a list of communities: topics and chat messages that are unread, and the newest of both."""
    chat = [message for message in place.community.chat.messages.all() if not message.deleted]
    read = Participant.objects.filter(conversation=place.community.chat, user=person).values_list(
        "last_read", flat=True
    )
    unread = [each for each in chat if each.author_id != person.pk and each.key > (read.first() or 0)]
    standing = [recount(topic, person) for topic in topics if not topic.deleted]
    newest = max([last for _, last, _, _ in standing] + [each.key for each in chat], default=0)
    return sum(news > 0 for _, _, news, _ in standing), len(unread), newest


def held_verbs(place, person, chance):
    """What becomes of what waits, each on the version that it has or, at times, the one before."""
    held = chance.choice(list(Held.objects.all()) or [None])
    version = held and held.version - (chance.random() < 0.2)
    return {
        "approve": lambda: actions.approve(person, held, version),
        "reject": lambda: actions.reject(person, held, version, "No"),
        "change": lambda: actions.change_held(held.author, held, version, f"Changed {chance.random()}", "Changed"),
        "withdraw": lambda: actions.withdraw_held(held.author, held),
    }


def check_held(place):
    """What was approved is one message, and nothing else that waited is."""
    for held in Held.objects.select_related("message"):
        assert (held.message is not None) == (held.state == HeldState.APPROVED)
        if held.kind != HeldKind.EDIT:
            sent = Message.objects.filter(author=held.author, client_key=held.client_key)
            assert list(sent) == [held.message] * (held.state == HeldState.APPROVED)


def expire(person, *, ended):
    Enrollment.objects.filter(student__user=person).update(is_active=not ended)
    actions.withdraw_orphans()


@pytest.mark.parametrize("seed", range(4))
def test_figures_and_orders_equal_a_recount_after_a_random_history(place, seed):
    chance = random.Random(seed)
    people = [place.a, place.b, place.c, place.moderator, place.instructor]
    topics = [place.topic(chance.choice(people), f"Topic {number}") for number in range(3)]
    approvals = [Approval.NOBODY, Approval.STUDENTS, Approval.NEWCOMERS]

    def step():
        topics[:] = Topic.objects.filter(community=place.community).select_related("conversation")
        topic, person = chance.choice(topics), chance.choice(people)
        message = chance.choice(list(Message.objects.filter(conversation=topic.conversation)))
        verbs = {
            "post": lambda: place.topic(person, "Another"),
            "rename": lambda: actions.rename_topic(
                person, topic, f"Title {chance.random()}", is_question=True, reason="So"
            ),
            "chat": lambda: send_message(person, place.community.chat, "Hello"),
            "read the chat": lambda: mark_read(person, place.community.chat, newest_of(place.community.chat)),
            "approval": lambda: Community.objects.update(approval=chance.choice(approvals)),
            "leave": lambda: actions.leave(person, place.community),
            "join": lambda: actions.join(person, place.community),
            "expire": lambda: expire(place.b, ended=True),
            "come back": lambda: expire(place.b, ended=False),
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
        } | (held_verbs(place, person, chance) if Held.objects.exists() else {})
        often = [OFTEN.get(verb, 1) for verb in verbs]
        with contextlib.suppress(PermissionDenied, ValidationError, Waits):
            verbs[chance.choices(list(verbs), often)[0]]()

    for _ in range(100):
        step()
    rows = list(Topic.objects.filter(community=place.community).select_related("conversation"))
    for person in people:
        if (community := with_news(Community.objects.visible_to(person), person).first()) is None:
            assert not Enrollment.objects.valid().filter(student__user=person).exists()
            continue
        told = community.unread_topics, community.unread_chat, community.last_key
        assert told == news_of(place, person, rows)
        unread = unread_counts(person, [place.community.chat_id])
        # The engine counts what came in since one took part; the list counts all.
        assert unread.get(place.community.chat_id, 0) in (0, community.unread_chat)
    members = MemberList(place.instructor, place.community, QueryDict())
    enrolled = [person for person in people[:4] if Enrollment.objects.valid().filter(student__user=person).exists()]
    office = User.objects.filter(role__in=[Role.ADMIN, Role.STAFF], is_active=True).count()
    appointed = int(place.moderator in enrolled)
    # The batch's teacher, who doesn't teach the course, is a member.
    assert members._counts == [1, office + appointed, len(enrolled) - appointed + 1]
    assert members.visible().count() == sum(members._counts)
    check_held(place)
    for topic in rows:
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
