# ruff: noqa: F811 - fixtures of notifications are arguments here
"""The end of an enrollment: what was under way stops, and those who can't read are neither shown anything nor shown."""

import json
import uuid
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts import own_data
from apps.community import actions, notices, notices_moderation, notices_topics
from apps.community.models import Approval, Community, Held, Membership
from apps.conversations.actions import add_reaction, mark_read, send_message, set_locked, upload
from apps.conversations.approval import Waits
from apps.conversations.models import Conversation, Mention, Message, Participant
from apps.conversations.reading import marks
from apps.conversations.search import search
from apps.courses.models import Enrollment
from apps.notifications.models import Delivery, Notification, Preference, Way
from apps.realtime.presence import presence
from tests import factories
from tests.notifications.conftest import _no_thread, commits, later, postbox  # noqa: F401 - fixtures

WORD = "rhombus"
A_DAY = 25 * 60


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def community(cast):
    factories.course_teacher(course=cast.course, teacher=cast.teacher)
    return cast.course.community


@pytest.fixture
def topic(cast, community):
    """Amina's."""
    return actions.start_topic(cast.amina_user, community, actions.NewTopic("Fractions", "How?", uuid.uuid4()))


def expired(cast):
    Enrollment.objects.filter(student=cast.amina).update(expires_at=timezone.now())


def withdrawn(cast):
    Enrollment.objects.filter(student=cast.amina).update(is_active=False)


ENDS = [expired, withdrawn]


def held_by(write):
    try:
        write()
    except Waits as waiting:
        return waiting.held
    raise AssertionError("It was published at once.")


def approved(cast, community, topic):
    """A reply of hers that waited is published."""
    Community.objects.update(approval=Approval.STUDENTS)
    held = held_by(lambda: send_message(cast.amina_user, talk(topic.conversation), "May I?"))
    actions.approve(cast.teacher, held, held.version)


def rejected(cast, community, topic):
    Community.objects.update(approval=Approval.STUDENTS)
    held = held_by(lambda: send_message(cast.amina_user, talk(topic.conversation), "May I?"))
    actions.reject(cast.teacher, held, held.version, "Asked before")


def removed(cast, community, topic):
    own = send_message(cast.amina_user, talk(topic.conversation), "Nonsense")
    actions.remove_post(cast.teacher, own, "Be kind")


def report_kept(cast, community, topic):
    rude = send_message(cast.bruno_user, community.chat, "Nonsense")
    actions.flag_message(cast.amina_user, rude, "rude", "")
    actions.keep_message(cast.teacher, rude)


def to_moderate(cast, community, topic):
    """She moderates, and somebody's post waits."""
    actions.appoint(cast.teacher, community, cast.amina_user, "moderator")
    Community.objects.update(approval=Approval.STUDENTS)
    held_by(lambda: send_message(cast.bruno_user, talk(topic.conversation), "May I?"))


def reported(cast, community, topic):
    actions.appoint(cast.teacher, community, cast.amina_user, "moderator")
    rude = send_message(cast.bruno_user, community.chat, "Nonsense")
    actions.flag_message(cast.chloe_user, rude, "rude", "")


def replied(cast, community, topic):
    send_message(cast.bruno_user, talk(topic.conversation), "So")


def named(cast, community, topic):
    send_message(cast.bruno_user, community.chat, "@Amina Diallo, look")


def begun(cast, community, topic):
    actions.choose_levels(cast.amina_user, community, "everything", "")
    actions.start_topic(cast.bruno_user, community, actions.NewTopic("New", "Text", uuid.uuid4()))


def closed_by_moderator(cast, community, topic):
    set_locked(cast.teacher, talk(topic.conversation), True, "Answered elsewhere")


def renamed(cast, community, topic):
    actions.rename_topic(cast.teacher, topic, f"{topic.title} again", is_question=False, reason="Clearer")


TOLD = {
    "topic-moderated": [closed_by_moderator, renamed],
    "moderated": [approved, rejected],
    "post-removed": [removed],
    "report-settled": [report_kept],
    "to-moderate": [to_moderate],
    "reported": [reported],
    "reply": [replied],
    "mention": [named],
    "topic": [begun],
}
EVENTS = [pytest.param(kind, event, id=event.__name__) for kind, events in TOLD.items() for event in events]


def talk(conversation):
    return Conversation.objects.with_titles().get(pk=conversation.pk)


def test_each_kind_of_communities_is_tried():
    kinds = (*notices.TYPES, *notices_moderation.TYPES, *notices_topics.TYPES)
    assert {*TOLD} == {"mention", *(kind.name for kind in kinds)}


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "goes on"])
@pytest.mark.parametrize("way", [Way.EMAIL, Way.DIGEST])
@pytest.mark.parametrize(("kind", "event"), EVENTS)
def test_what_was_to_be_mailed_of_a_community_is_dropped_at_its_end_alone(
    cast, client_for, community, topic, commits, postbox, later, kind, event, way, ended
):
    for each in Way.values:
        Preference.objects.create(user=cast.amina_user, kind=kind, way=each, wanted=each in {way, Way.PAGE})
    with commits():
        event(cast, community, topic)
    waiting = Delivery.objects.filter(recipient=cast.amina_user, way=way, notification__kind=kind)
    assert waiting.count() == 1
    if ended:
        expired(cast)
    later(2 * A_DAY)
    assert len(postbox.to(cast.amina_user.email)) == (0 if ended else 1)
    assert waiting.get().state == ("skipped" if ended else "sent")
    # Is it under the bell, on the page, and does it lead anywhere?
    client, notice = client_for(cast.amina_user), Notification.objects.get(recipient=cast.amina_user, kind=kind)
    pages = [reverse("notifications:notification_list"), reverse("notifications:notification_list") + "?part=panel"]
    for page in pages:
        text = client.get(page, headers={"HX-Request": "true"}).text
        assert any(name in text for name in (community.name, topic.title)) is not ended
    # The bell counts what the list shows.
    listed = client.get(pages[0], {"state": "unread"}).context["listing"]
    assert len(listed.rows) == listed.page.paginator.count == (0 if ended else 1)
    assert client.get(reverse("notifications:unread")).text == ("" if ended else "1")
    answer = client.get(reverse("notifications:notification_detail", args=[notice.pk]))
    assert (answer["Location"] == reverse("notifications:notification_list")) is ended


@pytest.mark.parametrize("end", ENDS)
def test_nothing_of_those_who_cannot_read_is_shown_to_those_who_can(cast, client_for, community, topic, end):
    chat, amina, bruno = community.chat, cast.amina_user, cast.bruno_user
    first = send_message(bruno, chat, "Hello")
    own = send_message(amina, chat, "Hello Bruno")
    mark_read(amina, chat, own.key)
    presence().heard(f"conversation-{chat.pk}", amina.pk, "page1")
    client, position = client_for(bruno), reverse("conversations:position_create", args=[chat.pk])
    members = reverse("community:member_list", args=[cast.course.pk])

    def shown():
        """Is she listed, counted, offered, here, among those who have read, named?"""
        here = client.post(position, {"page": "page2", "marks": "1", "read": first.key}).text
        people = client.get(reverse("conversations:person_list", args=[chat.pk]), {"q": "Ami"}).text
        told = send_message(bruno, talk(chat), f"@{amina.full_name}?")
        return {
            "member": amina.full_name in client.get(members).text,
            "counted": f"All {community.readers().count()}" in client.get(members).text
            and community.readers().filter(pk=amina.pk).exists(),
            "offered": amina.full_name in people,
            "here": amina.given_name in here,
            "has read": amina.pk in {mark.user_id for mark in marks(talk(chat), "everyone").people},
            "named": Mention.objects.filter(message=told, user=amina).exists(),
            "marked": f'data-mention="{amina.pk}"' in told.html or "mention" in told.html,
        }

    assert shown() == dict.fromkeys(shown(), True)
    end(cast)
    assert shown() == dict.fromkeys(shown(), False)
    # What she wrote stays, under her name.
    assert Message.objects.visible_to(bruno).get(pk=own.pk).author_name == amina.full_name


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_shown_to_those_who_cannot_read(cast, client_for, community, topic, end):
    chat, amina = community.chat, cast.amina_user
    own = send_message(amina, chat, f"My {WORD}")
    add_reaction(amina, send_message(cast.bruno_user, chat, f"Your {WORD}"), "👍")
    kept = upload(amina, chat, SimpleUploadedFile("own.txt", b"notes", "text/plain"))
    send_message(amina, chat, "See", attachments=[kept.pk])
    theirs = upload(cast.bruno_user, chat, SimpleUploadedFile("theirs.txt", b"notes", "text/plain"))
    answer = send_message(cast.bruno_user, chat, "And mine", attachments=[theirs.pk])
    client = client_for(amina)
    addresses = {
        "file": reverse("conversations:attachment_detail", args=[chat.pk, theirs.pk]),
        "own file": reverse("conversations:attachment_detail", args=[chat.pk, kept.pk]),
        "source": reverse("conversations:message_source", args=[chat.pk, answer.pk]),
        "pins": reverse("conversations:pin_list", args=[chat.pk]),
        "people": reverse("conversations:person_list", args=[chat.pk]) + "?q=B",
        "foot": reverse("conversations:foot", args=[chat.pk]),
        "head": reverse("community:topic_head", args=[topic.pk]),
        "held": reverse("community:conversation_held", args=[chat.pk]),
    }

    def found(url):
        with closing(client.get(url)) as answer:
            return answer.status_code == 200

    def shown():
        badge = client.get(reverse("conversations:unread_list"), {"in": chat.pk}).text
        data = "".join(own_data.as_json(amina))
        return {
            **{name: found(url) for name, url in addresses.items()},
            "typing": client.post(reverse("conversations:typing_create", args=[chat.pk])).status_code == 204,
            "position": client.post(reverse("conversations:position_create", args=[chat.pk])).status_code == 204,
            "badge": ">1<" in badge.replace("\n", ""),
            "found": {hit.message.pk for hit in search(amina, WORD).hits} >= {own.pk},
            "found on its page": "Your <mark" in client.get(reverse("conversations:search_list"), {"q": WORD}).text,
            "own data": f"My {WORD}" in data,
            "reactions": bool(json.loads(data)["conversations"]["reactions"]),
            "listed": community.name in client.get(reverse("community:community_list")).text,
        }

    before = shown()
    assert before == dict.fromkeys(before, True)
    end(cast)
    assert shown() == dict.fromkeys(before, False)


@pytest.mark.parametrize("again", ["the same enrollment goes on", "another run begins"])
def test_who_returns_finds_everything_as_it_was(cast, client_for, community, topic, again):
    chat, amina = community.chat, cast.amina_user
    send_message(amina, chat, "I take part")
    read = send_message(cast.bruno_user, chat, "Read")
    mark_read(amina, chat, read.key)
    actions.appoint(cast.teacher, community, amina, "moderator")
    actions.choose_levels(amina, community, "everything", "nothing")
    actions.choose_topic_level(amina, topic, "nothing")
    waits = Held.objects.create(community=community, kind="chat", conversation=chat, author=amina, body="Waits")
    expired(cast)
    send_message(cast.bruno_user, talk(chat), "Meanwhile")
    if again == "another run begins":
        Enrollment.objects.filter(student=cast.amina).update(is_active=False)
        later = timezone.now() - timedelta(seconds=1)
        factories.enrollment(student=cast.amina, course=cast.course, run=2, enrolled_at=later)
    else:
        Enrollment.objects.filter(student=cast.amina).update(expires_at=None)
    assert Participant.objects.get(user=amina, conversation=chat).last_read == read.key
    kept = Membership.objects.get(user=amina, community=community)
    assert (kept.role, kept.level, kept.chat_level, kept.left_at) == ("moderator", "everything", "nothing", None)
    assert topic.levels.get(user=amina).level == "nothing"
    client = client_for(amina)
    page = client.get(reverse("community:chat_detail", args=[cast.course.pk])).text
    assert "Meanwhile" in page
    assert "Waits" in client.get(reverse("community:held_detail", args=[waits.pk])).text
    badge = client.get(reverse("conversations:unread_list"), {"in": chat.pk}).text
    assert ">1<" in badge.replace("\n", "")
