"""Enrollment is the key: one rule for list, page, file, search, mention, stream and mail, to the second it ends."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.community import actions, policies
from apps.community.models import Community, LessonTalk, Topic
from apps.conversations import mentions
from apps.conversations.actions import mark_read, send_message
from apps.conversations.models import Conversation, Message, Participant
from apps.conversations.search import search
from apps.courses.models import Enrollment
from apps.notifications.models import Notification
from apps.notifications.writing import find
from apps.realtime import channels
from tests import factories

STATES = ["enrolled", "expired", "withdrawn", "not begun", "unpublished", "outsider"]


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


@pytest.fixture
def topic(cast, community):
    return actions.start_topic(cast.bruno_user, community, actions.NewTopic("Fractions", "Halves", uuid.uuid4()))


@pytest.fixture
def lesson(cast, community):
    lesson = factories.lesson(module=factories.module(course=cast.course), published=True)
    actions.comment(cast.bruno_user, community, lesson, "Halves too", uuid.uuid4())
    return lesson


def become(cast, state):
    """Put Amina's enrollment into a state; who then asks."""
    own, now = Enrollment.objects.filter(student=cast.amina), timezone.now()
    if state == "expired":
        own.update(expires_at=now)
    elif state == "withdrawn":
        own.update(is_active=False)
    elif state == "not begun":
        own.update(enrolled_at=now + timedelta(hours=1))
    elif state == "unpublished":
        cast.course.published = False
        cast.course.save()
    return cast.outsider if state == "outsider" else cast.amina_user


@pytest.mark.parametrize("state", STATES)
def test_one_rule_decides_for_everything(cast, client_for, community, topic, lesson, state):
    talk = LessonTalk.objects.get().conversation
    message = send_message(cast.bruno_user, community.chat, "Halves again")
    user = become(cast, state)
    may = state == "enrolled"
    client, course = client_for(user), [cast.course.pk]
    pages = [
        topic.get_absolute_url(),
        *(reverse(f"community:{name}", args=course) for name in ("topic_list", "chat_detail", "member_list")),
        reverse("community:level_edit", args=course),
        reverse("community:comment_list", args=[cast.course.pk, lesson.pk]),
        *(reverse("conversations:message_list", args=[each]) for each in (topic.conversation_id, community.chat_id)),
        reverse("conversations:message_list", args=[talk.pk]),
        reverse("conversations:conversation_detail", args=[community.chat_id]),
    ]
    # The engine's own page of the chat leads to the course's.
    assert {client.get(page, follow=True).status_code for page in pages} == ({200} if may else {404})
    assert (community.name in client.get(reverse("community:community_list")).text) is may
    assert Topic.objects.visible_to(user).exists() is may
    kinds = {hit.conversation.kind for hit in Message.objects.visible_to(user).select_related("conversation")}
    assert ({"topic", "course", "lesson"} <= kinds) is may
    assert bool(kinds & {"topic", "course", "lesson"}) is may
    found = {hit.message.pk for hit in search(user, "again").hits}
    assert (message.pk in found) is may
    for each in (community.chat_id, topic.conversation_id, talk.pk):
        conversation = Conversation.objects.with_titles().get(pk=each)
        named = mentions.complete(conversation, "everyone", user.given_name, cast.bruno_user)
        assert named.filter(pk=user.pk).exists() is may
        assert conversation.type.readers(conversation, "everyone").filter(pk=user.pk).exists() is may
        assert channels.can_read(user, f"conversation-{each}") is may
    assert channels.can_read(user, f"community-{community.pk}") is may
    notice = Notification(pk=1, recipient=user, kind="message", thing=message.pk)
    assert bool(find(user, [notice])) is may


@pytest.mark.parametrize("state", STATES[1:])
def test_nothing_can_be_written_any_more(cast, client_for, community, topic, lesson, state):
    user = become(cast, state)
    client = client_for(user)
    for conversation in (community.chat_id, topic.conversation_id, LessonTalk.objects.get().conversation_id):
        url = reverse("conversations:message_list", args=[conversation])
        assert client.post(url, {"body": "Still here"}).status_code == 404
    assert client.put(reverse("community:membership", args=[cast.course.pk])).status_code == 404
    assert not Message.objects.filter(body="Still here").exists()


def test_a_stream_ends_at_the_second_of_expiry(cast, community, topic, lesson):
    ends = timezone.now() + timedelta(minutes=3)
    Enrollment.objects.filter(student=cast.amina).update(expires_at=ends)
    assert policies.channel_ends_at(cast.amina_user, community.pk) == ends
    for each in (community.chat_id, topic.conversation_id, LessonTalk.objects.get().conversation_id):
        conversation = Conversation.objects.with_titles().get(pk=each)
        assert conversation.type.ends_at(cast.amina_user, conversation) == ends
        assert conversation.type.ends_at(cast.teacher, conversation) is None


def test_a_withdrawal_asks_the_streams_again(cast, community, published):
    with published():
        enrollment = Enrollment.objects.get(student=cast.amina)
        enrollment.is_active = False
        enrollment.save()
    assert cast.amina_user.pk in published.rights


def test_who_returns_finds_posts_read_marks_and_settings(cast, community, topic):
    own = send_message(cast.amina_user, topic.conversation, "My words")
    actions.choose_levels(cast.amina_user, community, "everything", "nothing")
    actions.choose_topic_level(cast.amina_user, topic, "concerning")
    mark_read(cast.amina_user, Conversation.objects.get(pk=topic.conversation_id), own.key)
    Enrollment.objects.filter(student=cast.amina).update(is_active=False)
    assert not Community.objects.visible_to(cast.amina_user).exists()
    assert Message.objects.visible_to(cast.bruno_user).get(pk=own.pk).author_name == "Amina Diallo"
    Enrollment.objects.filter(student=cast.amina).update(is_active=True)
    assert Community.objects.visible_to(cast.amina_user).exists()
    assert Participant.objects.get(user=cast.amina_user, conversation=topic.conversation_id).last_read == own.key
    kept = community.memberships.get(user=cast.amina_user)
    assert (kept.level, kept.chat_level, kept.left_at) == ("everything", "nothing", None)
    assert topic.levels.get(user=cast.amina_user).level == "concerning"
