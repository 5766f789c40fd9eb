"""Who hears of what is written in a community, once each, and nothing of what they can't read or don't want."""

import uuid

import pytest
from django.utils import timezone

from apps.community import actions
from apps.community.models import LessonTalk
from apps.conversations import tree
from apps.conversations.actions import delete_message, send_message
from apps.conversations.models import Conversation, Message
from apps.courses.models import Enrollment
from apps.notifications.models import Delivery, Notification
from apps.notifications.notification_types import get
from apps.notifications.writing import find
from tests import factories
from tests.notifications.conftest import commits, later, postbox  # noqa: F401 - fixtures


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


@pytest.fixture
def topic(cast, community):
    """Amina's, from before anybody was told anything."""
    topic = actions.start_topic(cast.amina_user, community, actions.NewTopic("Fractions", "How?", uuid.uuid4()))
    Notification.objects.all().delete()
    return topic


@pytest.fixture
def write(commits):  # noqa: F811
    def send(author, conversation, body="Hello", **more):
        with commits():
            return send_message(author, Conversation.objects.get(pk=conversation.pk), body, **more)

    return send


def heard():
    """Who was told what: a set of (given name, kind)."""
    return {(row.recipient.given_name, row.kind) for row in Notification.objects.select_related("recipient")}


def test_a_new_topic_is_told_once_to_those_who_want_everything(cast, community, commits):  # noqa: F811
    actions.choose_levels(cast.bruno_user, community, "everything", "")
    with commits():
        actions.start_topic(cast.amina_user, community, actions.NewTopic("Fractions", "How?", uuid.uuid4()))
    assert heard() == {("Tariq", "topic"), ("Bruno", "topic")}
    assert Notification.objects.count() == 2


def test_whom_a_new_topic_names_is_told_that_alone(cast, community, commits):  # noqa: F811
    with commits():
        new = actions.NewTopic("Fractions", "@Tariq Teacher and @Bruno Costa?", uuid.uuid4())
        actions.start_topic(cast.amina_user, community, new)
    assert heard() == {("Tariq", "mention"), ("Bruno", "mention")}


def test_a_reply_is_told_to_whom_it_answers_and_to_those_who_want_everything(cast, topic, write):
    first = write(cast.bruno_user, topic.conversation)
    assert heard() == {("Amina", "reply"), ("Tariq", "message")}
    Notification.objects.all().delete()
    write(cast.chloe_user, topic.conversation, reply_to=first)
    assert heard() == {("Bruno", "reply"), ("Tariq", "message")}
    Notification.objects.all().delete()
    write(cast.amina_user, topic.conversation, "@Bruno Costa yes", reply_to=first)
    assert heard() == {("Bruno", "mention"), ("Tariq", "message")}


def test_who_wants_everything_and_is_answered_is_told_once(cast, community, topic, write):
    actions.choose_levels(cast.amina_user, community, "everything", "")
    write(cast.bruno_user, topic.conversation)
    assert heard() == {("Amina", "reply"), ("Tariq", "message")}


def test_the_chat_tells_of_mentions_and_replies_alone(cast, community, write):
    first = write(cast.amina_user, community.chat)
    assert heard() == set()
    write(cast.bruno_user, community.chat, "@Chloe Martin look", reply_to=first)
    assert heard() == {("Amina", "reply"), ("Chloe", "mention")}
    Notification.objects.all().delete()
    actions.choose_levels(cast.teacher, community, "", "everything")
    write(cast.bruno_user, community.chat)
    assert heard() == {("Tariq", "message")}


def test_nothing_silences_replies_and_mentions(cast, community, topic, write):
    actions.choose_topic_level(cast.amina_user, topic, "nothing")
    actions.choose_levels(cast.bruno_user, community, "nothing", "nothing")
    write(cast.chloe_user, topic.conversation, "@Bruno Costa and @Amina Diallo")
    write(cast.chloe_user, community.chat, "@Bruno Costa")
    assert {kind for name, kind in heard() if name in {"Amina", "Bruno"}} == set()


def test_a_topics_own_level_comes_before_the_communitys(cast, community, topic, write):
    actions.choose_levels(cast.bruno_user, community, "nothing", "")
    actions.choose_topic_level(cast.bruno_user, topic, "concerning")
    write(cast.chloe_user, topic.conversation, "@Bruno Costa")
    assert ("Bruno", "mention") in heard()


def test_whoever_left_hears_nothing(cast, community, topic, write):
    actions.choose_levels(cast.amina_user, community, "everything", "everything")
    actions.leave(cast.amina_user, community)
    write(cast.bruno_user, topic.conversation, "@Amina Diallo")
    write(cast.bruno_user, community.chat, "@Amina Diallo")
    assert not {kind for name, kind in heard() if name == "Amina"}


def test_a_comment_tells_those_who_want_everything(cast, community, commits):  # noqa: F811
    lesson = factories.lesson(module=factories.module(course=cast.course), published=True)
    with commits():
        actions.comment(cast.amina_user, community, lesson, "@Bruno Costa?", uuid.uuid4())
    assert heard() == {("Tariq", "message"), ("Bruno", "mention")}


def remove(cast, topic):
    """As a moderator does it."""
    actions.remove_post(cast.teacher, topic.conversation.messages.get(place=tree.FIRST), "Said before")


CHANGES = {
    "the enrollment ended": lambda cast, community, topic: Enrollment.objects.filter(student=cast.amina).update(
        is_active=False
    ),
    "it ran out": lambda cast, community, topic: Enrollment.objects.filter(student=cast.amina).update(
        expires_at=timezone.now()
    ),
    "she left": lambda cast, community, topic: actions.leave(cast.amina_user, community),
    "she wants nothing": lambda cast, community, topic: actions.choose_levels(
        cast.amina_user, community, "nothing", "nothing"
    ),
    "the topic was deleted": lambda cast, community, topic: remove(cast, topic),
    "the community was closed": lambda cast, community, topic: type(community).objects.update(audience="moderators"),
}


@pytest.mark.parametrize("why", CHANGES)
@pytest.mark.parametrize("kind", ["reply", "mention", "message", "topic"])
def test_an_unsent_mail_is_dropped(cast, community, topic, write, commits, postbox, later, why, kind):  # noqa: F811
    """What holds when something is written is asked again when it is sent."""
    from apps.notifications.models import Preference, Way

    if kind in {"message", "topic"}:
        actions.choose_levels(cast.amina_user, community, "everything", "everything")
    Preference.objects.create(user=cast.amina_user, kind="topic", way=Way.EMAIL, wanted=True)
    if kind == "topic":
        with commits():
            topic = actions.start_topic(cast.bruno_user, community, actions.NewTopic("New", "Text", uuid.uuid4()))
    elif kind == "message":
        other = actions.start_topic(cast.bruno_user, community, actions.NewTopic("New", "Text", uuid.uuid4()))
        topic = other
        write(cast.chloe_user, topic.conversation)
    else:
        write(cast.bruno_user, topic.conversation, "@Amina Diallo" if kind == "mention" else "Hello")
    waiting = Delivery.objects.filter(recipient=cast.amina_user, notification__kind=kind)
    assert waiting.exists()
    with commits():
        CHANGES[why](cast, community, topic)
    later(10)
    # Whoever's topic a moderator removed is told that, and nothing else.
    letters = postbox.to(cast.amina_user.email)
    assert [letter for letter in letters if "removed what you wrote" not in letter["Subject"]] == []


def test_a_reply_is_mailed_in_words(cast, topic, write, postbox, later):  # noqa: F811
    write(cast.bruno_user, topic.conversation, "With *care*")
    later()
    (letter,) = postbox.to(cast.amina_user.email)
    assert letter["Subject"] == "Bruno Costa replied to you in Fractions"
    assert "With care" in letter.get_body(("plain",)).get_content()


def test_deleting_a_reply_takes_back_what_was_told(cast, topic, write, commits):  # noqa: F811
    message = write(cast.bruno_user, topic.conversation)
    with commits():
        delete_message(cast.bruno_user, message)
    assert heard() == set()


def test_deleting_a_topic_takes_back_all_that_was_told_of_it(cast, community, commits, write):  # noqa: F811
    with commits():
        topic = actions.start_topic(cast.bruno_user, community, actions.NewTopic("New", "@Amina Diallo", uuid.uuid4()))
    write(cast.chloe_user, topic.conversation)
    assert heard()
    with commits():
        remove(cast, topic)
    assert {kind for _, kind in heard()} == {"post-removed"}


@pytest.mark.parametrize("kind", ["reply", "topic"])
def test_finding_takes_the_same_queries_for_one_as_for_many(cast, community, topic, write, kind, query_count):
    """A list of notifications asks once for each kind."""
    if kind == "reply":
        things = [write(cast.bruno_user, topic.conversation, f"Number {number}").pk for number in range(4)]
    else:
        new = [actions.NewTopic(f"T{number}", "Text", uuid.uuid4()) for number in range(4)]
        things = [actions.start_topic(cast.bruno_user, community, each).pk for each in new]
    rows = [Notification(pk=pk, recipient=cast.teacher, kind=kind, thing=thing) for pk, thing in enumerate(things, 1)]
    one = query_count(lambda: get(kind).find(cast.teacher, rows[:1]))
    assert query_count(lambda: get(kind).find(cast.teacher, rows)) == one
    assert set(find(cast.teacher, rows)) == {1, 2, 3, 4}
    assert Message.objects.exists()
    assert not LessonTalk.objects.exists()
