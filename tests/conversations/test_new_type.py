"""A new type of conversation is one class: nothing in the engine knows it, and all of the engine serves it.

A club is read by its members. Its teachers, and no admin, keep order in it; a student who is in two clubs needs their
names; team notes are for the teachers of the club.
"""

import json

import pytest
from django.db.models import QuerySet

from apps.accounts.models import Role, User
from apps.conversations import conversation_types, policies
from apps.conversations.actions import delete_message, send_message, set_locked
from apps.conversations.conversation_types import ConversationType
from apps.conversations.models import Audience, Conversation, Participant
from apps.conversations.search import search
from apps.notifications.models import Notification
from apps.notifications.writing import find
from apps.realtime import channels

MEMBERS = {"teacher", "amina_user", "chloe_user"}
OTHERS = {"admin", "staff", "teacher2", "bruno_user", "outsider"}


class Clubs(ConversationType):
    name, label = "club", "Club"
    admin_search = ("participants__user__family_name",)
    preposition = "in"
    assignable = False

    def visible_ids(self, user: User) -> QuerySet:
        return Participant.objects.filter(user=user, follows=True).values("conversation")

    def audiences(self, user: User) -> tuple[str, ...]:
        return (Audience.EVERYONE, Audience.STAFF)[: 1 if user.role == Role.STUDENT else 2]

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        members = User.objects.filter(participations__conversation=conversation, is_active=True)
        return members.exclude(role=Role.STUDENT) if audience == Audience.STAFF else members

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        return f"Chess {conversation.pk}"

    def may_post(self, user: User, conversation: Conversation) -> bool:
        return user.given_name != "Chloe"

    def may_pin(self, user: User, conversation: Conversation) -> bool:
        return user.role == Role.TEACHER

    def may_moderate(self, user: User, conversation: Conversation) -> bool:
        return user.role == Role.TEACHER

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        return "White moves first."


@pytest.fixture
def club(cast, monkeypatch) -> Conversation:
    monkeypatch.setattr(conversation_types, "_types", dict(conversation_types._types))
    conversation_types.register(Clubs())
    conversation = Conversation.objects.create(kind="club")
    for name in MEMBERS:
        Participant.objects.create(conversation=conversation, user=getattr(cast, name))
    return conversation


def address(club: Conversation, rest: str = "") -> str:
    return f"/conversations/{club.pk}/{rest}"


def test_its_members_find_its_pages_and_nobody_else_does(cast, client_for, club):
    for rest in ("", "messages/", "foot/"):
        for name in MEMBERS | OTHERS:
            expected = 200 if name in MEMBERS else 404
            assert client_for(getattr(cast, name)).get(address(club, rest)).status_code == expected, (name, rest)
    page = client_for(cast.amina_user).get(address(club)).content.decode()
    assert "White moves first." in page
    assert f'aria-label="Conversation in Chess {club.pk}"' in page


def test_a_post_is_published_caught_up_with_and_refused_to_those_who_only_read(cast, client_for, club, published):
    with published():
        posted = client_for(cast.teacher).post(address(club, "messages/"), {"body": "e4"})
    assert posted.status_code == 302
    assert posted.url.startswith(address(club))
    assert f"conversation-{club.pk}" in {channel for channel, _ in published}
    missed = client_for(cast.amina_user).get(address(club, "messages/?after=0"))
    assert "e4" in missed.content.decode()
    assert client_for(cast.chloe_user).post(address(club, "messages/"), {"body": "e5"}).status_code == 403
    assert client_for(cast.staff).post(address(club, "messages/"), {"body": "e5"}).status_code == 404


def test_what_is_for_its_teachers_stays_with_them(cast, client_for, club, published):
    with published():
        send_message(cast.teacher, club, "They cheat", Audience.STAFF)
    assert {channel for channel, _ in published if channel.startswith("conversation-")} == {
        f"conversation-{club.pk}-staff"
    }
    assert "They cheat" in client_for(cast.teacher).get(address(club)).content.decode()
    for rest in ("", "messages/?after=0.0", "messages/?after=0"):
        assert "They cheat" not in client_for(cast.amina_user).get(address(club, rest)).content.decode()


def test_its_channels_are_open_to_those_who_read_it(cast, club):
    for name in MEMBERS | OTHERS:
        user = getattr(cast, name)
        assert channels.can_read(user, f"conversation-{club.pk}") == (name in MEMBERS), name
        assert channels.can_read(user, f"conversation-{club.pk}-staff") == (name == "teacher"), name


def test_its_messages_are_found_by_those_who_read_them(cast, client_for, club):
    send_message(cast.teacher, club, "zugzwang for all")
    send_message(cast.teacher, club, "zugzwang explained", Audience.STAFF)
    found = {name: {hit.message.body for hit in search(getattr(cast, name), "zugzwang").hits} for name in OTHERS}
    assert not any(found.values())
    assert len(search(cast.teacher, "zugzwang").hits) == 2
    assert [hit.message.body for hit in search(cast.amina_user, "zugzwang").hits] == ["zugzwang for all"]
    page = client_for(cast.amina_user).get("/conversations/search/?q=zugzwang").content.decode()
    assert f"in <bdi>Chess {club.pk}</bdi>" in page


def test_its_moderators_keep_order_whatever_their_role(cast, client_for, club):
    message = send_message(cast.amina_user, club, "Shame")
    assert policies.rights(cast.teacher, club) == ["post", "pin", "delete-any"]
    assert policies.rights(cast.amina_user, club) == ["post"]
    assert not policies.can_assign(cast.teacher, club)
    delete_message(cast.teacher, message)
    set_locked(cast.teacher, club, True)
    club.refresh_from_db()
    assert policies.can_post(cast.teacher, club)
    assert not policies.can_post(cast.amina_user, club)
    assert client_for(cast.amina_user).post(address(club, "export/")).status_code == 404
    assert client_for(cast.admin).post(address(club, "export/")).status_code == 404


def test_it_is_exported_under_its_own_name(cast, client_for, club):
    send_message(cast.teacher, club, "e4")
    client, where = client_for(cast.teacher), address(club, "export/")
    exported = b"".join(client.post(where, {"format": "json", "staff": "1"}).streaming_content)
    assert json.loads(exported)["conversation"] == {"id": club.pk, "kind": "club", "title": f"Chess {club.pk}"}
    as_text = b"".join(client.post(where, {"staff": "1"}).streaming_content).decode()
    assert "With team notes: not for students' eyes" in as_text


def test_its_members_are_told_where_it_was_written(cast, club, published):
    with published():
        send_message(cast.amina_user, club, "d5")
    told = Notification.objects.filter(kind="message")
    assert set(told.values_list("recipient", flat=True)) == {cast.teacher.pk, cast.chloe_user.pk}
    for user in (cast.teacher, cast.chloe_user):
        [found] = find(user, told.filter(recipient=user)).values()
        assert (found.about, found.url.split("?")[0]) == (f"Chess {club.pk}", address(club))
    [toast] = published.toasts[f"user-{cast.chloe_user.pk}"]
    assert f"<span> in <bdi>Chess {club.pk}</bdi></span>" in toast


def test_an_admin_who_is_no_member_finds_none_of_it_in_the_admin(cast, client_for, club):
    send_message(cast.teacher, club, "e4")
    admin = client_for(cast.admin)
    listed = admin.get("/admin/conversations/conversation/", {"q": cast.chloe_user.family_name}).content.decode()
    assert f"Chess {club.pk}" not in listed
    assert "e4" not in admin.get("/admin/conversations/message/").content.decode()
