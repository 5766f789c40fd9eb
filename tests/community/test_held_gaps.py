"""What waits is no message: nobody can do anything with it but decide, and it becomes one message, once."""

import uuid
from contextlib import suppress

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.community import actions
from apps.community.actions import Outdated
from apps.community.models import Approval, Community, Held, HeldState, Topic
from apps.conversations.actions import delete_message, edit_message, restore_message, send_message, set_locked
from apps.conversations.approval import Waits
from apps.conversations.models import Conversation, Mention, Message, Participant
from apps.conversations.reading import unread_counts
from apps.conversations.search import search
from apps.courses.models import Enrollment
from apps.notifications.models import Notification
from apps.realtime.channels import can_read
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

WORD = "gnomon"


def held_by(write):
    with pytest.raises(Waits) as waiting:
        write()
    return waiting.value.held


class Scene:
    """A topic of the instructor's with a reply, a message of Cora's in it and one in the chat; then all posts wait."""

    def __init__(self, place):
        self.place, self.author = place, place.c
        self.topic = place.topic(place.instructor, "Shadows")
        self.answered = place.reply(place.a, self.topic)
        self.own = place.reply(place.c, self.topic, "Before")
        self.said = send_message(place.c, place.community.chat, "Before")
        self.lesson = factories.lesson(module=factories.module(course=place.course), published=True)
        Community.objects.filter(pk=place.community.pk).update(approval=Approval.STUDENTS)

    @property
    def fresh_lesson(self):
        return type(self.lesson).objects.get(pk=self.lesson.pk)

    def talk(self, pk):
        return Conversation.objects.with_titles().get(pk=pk)

    def hold(self, kind, body=f"A {WORD}"):
        author, place = User.objects.get(pk=self.author.pk), self.place
        deeds = {
            "topic": lambda: place.topic(author, f"On a {WORD}", body),
            "reply": lambda: send_message(author, self.talk(self.topic.conversation_id), body, reply_to=self.answered),
            "chat": lambda: send_message(author, place.community.chat, body),
            "comment": lambda: actions.comment(author, place.community, self.fresh_lesson, body, uuid.uuid4()),
            "edit": lambda: edit_message(author, Message.objects.with_titles().get(pk=self.own.pk), body),
            "edit of the chat": lambda: edit_message(author, Message.objects.with_titles().get(pk=self.said.pk), body),
        }
        return held_by(deeds[kind])


@pytest.fixture
def scene(place):
    return Scene(place)


KINDS = ["topic", "reply", "chat", "comment", "edit", "edit of the chat"]


def seen_by(user):
    """All that anybody could meet of it, counted."""
    return {
        "messages": Message.objects.visible_to(user).count(),
        "texts": sorted(Message.objects.visible_to(user).values_list("body", flat=True)),
        "topics": list(Topic.objects.visible_to(user).values_list("title", "replies", "last_key").order_by("pk")),
        "found": len(search(user, WORD).hits),
        "unread": sum(unread_counts(user, Conversation.objects.visible_to(user).values_list("pk", flat=True)).values()),
        "told": Notification.objects.filter(recipient=user).exclude(kind="to-moderate").count(),
        "mentions": Mention.objects.count(),
        "taking part": Participant.objects.filter(last_read__gt=0).count(),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_waits_is_not_there_for_anybody_and_then_once(scene, kind, django_capture_on_commit_callbacks):
    place = scene.place
    before = {person: seen_by(person) for person in (place.b, place.c)}
    with django_capture_on_commit_callbacks(execute=True):
        held = scene.hold(kind, f"A {WORD} for @{place.b.full_name}")
    assert {person: seen_by(person) for person in before} == before
    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(place.instructor, held, held.version)
    for again in (actions.approve, lambda *about: actions.reject(*about, "No")):
        with pytest.raises(Outdated):
            again(place.moderator, held, held.version)
    grown = 0 if kind.startswith("edit") else 1
    for person, was in before.items():
        now = seen_by(person)
        assert now["messages"] - was["messages"] == grown, person
        assert now["found"] - was["found"] == 1, person
        assert now["mentions"] - was["mentions"] == 1, person
    assert Notification.objects.filter(recipient=place.b, kind="mention").count() == 1
    assert Topic.objects.get(pk=scene.topic.pk).replies == 2 + (kind == "reply")


def test_nobody_reaches_the_conversation_of_a_topic_that_waits(scene, client_for):
    """Not its author, not who decides about it, not an admin: there is nothing to reply to or to react to."""
    place, held = scene.place, scene.hold("topic")
    pk = held.conversation_id
    for person in (place.c, place.instructor, factories.user("admin")):
        client = client_for(person)
        for way, sent in (
            ("messages/", {"body": "Early"}),
            ("position/", {"page": "a"}),
            ("typing/", {}),
            ("mute/", {}),
        ):
            assert client.post(f"/conversations/{pk}/{way}", sent).status_code == 404, (person, way)
        for way in ("", "messages/?after=0", "pins/", "people/?q=a", "foot/", "held/"):
            assert client.get(f"/conversations/{pk}/{way}").status_code == 404, (person, way)
        assert client.post(f"/conversations/{pk}/messages/{held.pk}/reactions/", {"emoji": "👍"}).status_code == 404
        assert not can_read(person, f"conversation-{pk}")
        with pytest.raises(PermissionDenied):
            send_message(person, held.conversation, "Early")


@pytest.mark.parametrize("number", ["its own", "its conversation's"])
def test_the_number_of_what_waits_is_none_of_a_message(scene, client_for, number):
    """A reply, a reaction, a report: each names a message, and what waits is none."""
    place, held = scene.place, scene.hold("reply")
    Message.objects.filter(pk__in=[held.pk, held.conversation_id]).delete()
    pk = held.pk if number == "its own" else held.conversation_id
    client = client_for(place.a)
    talk = f"/conversations/{scene.topic.conversation_id}/messages/"
    answer = client.post(talk, {"body": "To that", "reply_to": pk}, headers={"HX-Request": "true"})
    assert (answer.status_code, "is gone" in answer.text) == (422, True)
    assert client.post(f"{talk}{pk}/reactions/", {"emoji": "👍"}).status_code == 404
    assert client.post(reverse("community:flag_detail", args=[pk]), {"reason": "rude"}).status_code == 404


def end(scene):
    Enrollment.objects.filter(student__user=scene.author).update(is_active=False)


def begin_again(scene):
    Enrollment.objects.filter(student__user=scene.author).update(is_active=True)


def lock(scene, locked=True):
    held = Held.objects.filter(state=HeldState.WAITING).latest("pk")
    set_locked(scene.place.instructor, scene.talk(held.conversation_id), locked, "Answered")


def leave(scene):
    actions.leave(User.objects.get(pk=scene.author.pk), scene.place.community)


def come_back(scene):
    actions.join(User.objects.get(pk=scene.author.pk), scene.place.community)


def delete_topic(scene):
    actions.remove_topic(scene.place.instructor, scene.topic)


def restore_topic(scene):
    actions.restore_topic(scene.place.instructor, scene.topic, undoing=True)


def delete_answered(scene):
    delete_message(scene.place.a, Message.objects.with_titles().get(pk=scene.answered.pk))


def restore_answered(scene):
    restore_message(scene.place.instructor, Message.objects.with_titles().get(pk=scene.answered.pk))


def deactivate(scene):
    User.objects.filter(pk=scene.author.pk).update(is_active=False)


def activate(scene):
    User.objects.filter(pk=scene.author.pk).update(is_active=True)


ANY, IN_TOPIC = {*KINDS}, {"reply", "edit"}
# What happens while it waits, what undoes that, what the moderator is told, and what it stands in the way of.
HAPPENS = {
    "the enrollment ends": (end, begin_again, "no longer in this course", ANY),
    "the author is deactivated": (deactivate, activate, "no longer in this course", ANY),
    "the author leaves": (leave, come_back, "has left this community", ANY),
    "the conversation is closed": (lock, lambda scene: lock(scene, False), "closed for writing", ANY - {"topic"}),
    "the topic is deleted": (delete_topic, restore_topic, "The topic was deleted", IN_TOPIC),
    "what it answers is deleted": (delete_answered, restore_answered, "What this answers was deleted", {"reply"}),
}
CASES = [(happens, kind) for happens, (*_, kinds) in HAPPENS.items() for kind in KINDS if kind in kinds]


@pytest.mark.parametrize(("happens", "kind"), CASES)
def test_what_cannot_be_published_now_is_said_and_can_be_later_once(scene, happens, kind):
    happen, undo, said, _ = HAPPENS[happens]
    held = scene.hold(kind)
    before = sorted(Message.objects.values_list("pk", "body", "deleted"))
    happen(scene)
    during = sorted(Message.objects.values_list("pk", "body"))
    with pytest.raises(ValidationError, match=said):
        actions.approve(scene.place.instructor, held, held.version)
    held.refresh_from_db()
    assert (held.state, held.message, held.decided_by) == (HeldState.WAITING, None, None)
    assert sorted(Message.objects.values_list("pk", "body")) == during
    undo(scene)
    assert sorted(Message.objects.values_list("pk", "body", "deleted")) == before
    approved = actions.approve(scene.place.instructor, held, held.version)
    assert approved.message.body == f"A {WORD}"
    assert Message.objects.filter(body=f"A {WORD}").count() == 1


def test_an_approval_of_what_its_author_is_writing_anew_is_of_the_version_that_was_read(scene):
    held = scene.hold("chat")
    newer = actions.change_held(scene.place.c, held, 1, "Something else")
    with pytest.raises(Outdated):
        actions.approve(scene.place.instructor, held, 1)
    assert not Message.objects.filter(body__in=[f"A {WORD}", "Something else"]).exists()
    actions.approve(scene.place.instructor, held, newer.version)
    with pytest.raises(Outdated):
        actions.change_held(scene.place.c, held, newer.version, "Too late")
    assert list(Message.objects.filter(author=scene.place.c).order_by("pk").values_list("body", flat=True))[-1:] == [
        "Something else"
    ]


def test_a_message_and_what_waits_never_share_a_sending(scene):
    """The same key sent again finds what became of it, whatever became of it."""
    place, key = scene.place, uuid.uuid4()
    held = held_by(lambda: send_message(place.c, place.community.chat, "Once", client_key=key))
    actions.reject(place.instructor, held, 1, "No")
    assert held_by(lambda: send_message(place.c, place.community.chat, "Once", client_key=key)).pk == held.pk
    other = uuid.uuid4()
    held = held_by(lambda: send_message(place.c, place.community.chat, "Twice", client_key=other))
    sent = actions.approve(place.instructor, held, 1).message
    assert send_message(place.c, place.community.chat, "Twice", client_key=other) == sent
    with suppress(ValidationError), transaction.atomic():
        send_message(place.c, scene.talk(scene.topic.conversation_id), "Twice", client_key=other)
    assert Message.objects.filter(client_key=other).count() == 1
