"""Everything, what concerns me, or nothing: for a community, its chat, and one topic."""

import uuid

import pytest
from django.urls import reverse

from apps.community import actions, levels
from apps.community.models import Membership, TopicSetting
from apps.conversations.models import Conversation
from tests import factories


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


@pytest.fixture
def topic(cast, community):
    return actions.start_topic(cast.bruno_user, community, actions.NewTopic("Fractions", "How?", uuid.uuid4()))


def followers(topic):
    talk = Conversation.objects.with_titles().get(pk=topic.conversation_id)
    return set(talk.type.followers(talk, "everyone"))


def told(user, topic, *, concerned):
    return levels.topics_told(user, concerned=concerned).filter(pk=topic.pk).exists()


CHOICES = ["", "everything", "concerning", "nothing"]


@pytest.mark.parametrize("who", ["teacher", "teacher2", "amina_user", "staff"])
@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("of_topic", CHOICES)
@pytest.mark.parametrize("level", CHOICES)
def test_both_directions_agree(cast, community, topic, who, left, of_topic, level):
    """Who follows a topic and what one follows are two queries of one rule; so are those for what concerns one."""
    user = getattr(cast, who)
    actions.choose_levels(user, community, level, "")
    actions.choose_topic_level(user, topic, of_topic)
    if left:
        Membership.objects.filter(user=user).update(left_at="2026-01-01T00:00Z")
    usual = "everything" if who == "teacher" else "concerning"
    chosen = "nothing" if left else of_topic or level or usual
    talk = Conversation.objects.with_titles().get(pk=topic.conversation_id)
    assert (user.pk in followers(topic)) is (chosen == "everything")
    assert told(user, topic, concerned=False) is (chosen == "everything")
    assert talk.type.silenced(talk).filter(pk=user.pk).exists() is (chosen == "nothing")
    assert told(user, topic, concerned=True) is (chosen != "nothing")


@pytest.mark.parametrize("level", CHOICES)
def test_the_chat_has_a_level_of_its_own(cast, community, level):
    actions.choose_levels(cast.teacher, community, "everything", level)
    chat = Conversation.objects.with_titles().get(pk=community.chat_id)
    everything = levels.communities_told(cast.teacher, "course", concerned=False).exists()
    assert (cast.teacher.pk in chat.type.followers(chat, "everyone")) is everything is (level == "everything")
    assert chat.type.silenced(chat).exists() is (level == "nothing")


def test_levels_are_chosen_on_a_page_without_script(cast, client_for, community):
    client, url = client_for(cast.amina_user), reverse("community:level_edit", args=[cast.course.pk])
    page = client.post(url, {"level": "nothing", "chat_level": "everything"}, follow=True)
    assert "Saved." in page.text
    assert '<option value="nothing" selected>' in page.text
    kept = Membership.objects.get(user=cast.amina_user)
    assert (kept.level, kept.chat_level) == ("nothing", "everything")
    refused = client.post(url, {"level": "loud"})
    assert refused.status_code == 422
    assert "Choose everything, what concerns you, or nothing." in refused.text
    assert client_for(cast.outsider).get(url).status_code == 404


def test_a_topics_level_is_chosen_with_and_without_script(cast, client_for, topic):
    client, url = client_for(cast.amina_user), reverse("community:topic_level", args=[topic.pk])
    part = client.post(url, {"level": "everything"}, headers={"HX-Request": "true"})
    assert '<option value="everything" selected>' in part.text
    assert TopicSetting.objects.get(user=cast.amina_user).level == "everything"
    assert client.post(url, {"level": ""}).headers["Location"] == topic.get_absolute_url()
    assert not TopicSetting.objects.filter(user=cast.amina_user).exists()
    refused = client.post(url, {"level": "loud"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "Choose everything" in refused.text
    assert client_for(cast.outsider).post(url, {"level": "nothing"}).status_code == 404
