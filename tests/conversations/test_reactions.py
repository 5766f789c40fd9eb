"""An emoji instead of a message: one of a kind from each person, live for everyone."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.conversations import conversation_types
from apps.conversations.actions import add_reaction, delete_message, remove_reaction, send_message
from apps.conversations.actions.reactions import MAX_KINDS
from apps.conversations.emojis import CATALOGUE, is_emoji, offered
from apps.conversations.models import Conversation, Message, Reaction
from apps.notifications.models import Notification

HTMX = {"HX-Request": "true"}


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


@pytest.fixture
def message(cast, thread) -> Message:
    return send_message(cast.staff, thread, "Well done", "everyone")


def url(message: Message, query: str = "") -> str:
    return f"/conversations/{message.conversation_id}/messages/{message.pk}/reactions/{query}"


def test_a_reaction_is_stored_shown_and_pushed_and_taken_back(cast, client_for, message, published):
    client = client_for(cast.amina_user)
    with published():
        answer = client.post(url(message), {"emoji": "👍"}, headers=HTMX)
    assert answer.status_code == 200
    chip = f'data-react="👍" data-people="{cast.amina_user.pk} " title="Amina Diallo"'
    assert chip in answer.content.decode()
    [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    assert chip in event
    message.refresh_from_db()
    assert message.version == 2
    taken = client.delete(url(message, "?emoji=👍"), headers=HTMX)
    assert taken.status_code == 200
    assert "data-react" not in taken.content.decode()
    message.refresh_from_db()
    assert message.version == 3


def test_doing_it_again_changes_nothing_and_tells_nobody(cast, message, published):
    add_reaction(cast.teacher, message, "🎉")
    with published():
        add_reaction(cast.teacher, message, "🎉")
        remove_reaction(cast.teacher, message, "👍")
    assert published == []
    assert Reaction.objects.count() == 1
    message.refresh_from_db()
    assert message.version == 2


def test_reactions_stand_in_the_order_of_their_first_use(cast, message):
    for who, emoji in ((cast.staff, "👀"), (cast.teacher, "👍"), (cast.admin, "👀"), (cast.staff, "👍")):
        add_reaction(who, message, emoji)
    groups = Message.objects.get(pk=message.pk).reaction_groups
    assert [(emoji, [user.given_name for user in people]) for emoji, people in groups] == [
        ("👀", ["Sam", "Ada"]),
        ("👍", ["Tariq", "Sam"]),
    ]


@pytest.mark.parametrize("emoji", ["", "x", "1", "👍👍", "🏽", "<b>", "❤", "🇫", "a" * 5_000, "👍\u202e", "\0"])
def test_what_is_no_emoji_is_refused(cast, client_for, message, emoji):
    answer = client_for(cast.staff).post(url(message), {"emoji": emoji}, headers=HTMX)
    assert (answer.status_code, "Choose an emoji" in answer.content.decode()) == (422, True)
    assert not Reaction.objects.exists()


@pytest.mark.parametrize("emoji", ["🇫🇷", "👍🏽", "🦄", "👩‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏿", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_any_emoji_will_do(cast, client_for, message, emoji):
    assert client_for(cast.staff).post(url(message), {"emoji": emoji}, headers=HTMX).status_code == 200
    assert Reaction.objects.get().emoji == emoji


def test_each_type_offers_each_emoji_once():
    for kind in conversation_types.registered():
        groups = offered(kind.quick_reactions).values()
        found = [*kind.quick_reactions, *(emoji for group in groups for emoji in group)]
        assert len(kind.quick_reactions) == 6
        assert len(found) == len(set(found)) >= 40, kind.name
        assert all(map(is_emoji, found)), kind.name


def test_a_message_has_room_for_so_many_kinds_and_any_number_of_people(cast, message):
    kinds = [emoji for group in CATALOGUE.values() for emoji in group]
    for emoji in kinds[:MAX_KINDS]:
        add_reaction(cast.staff, message, emoji)
    with pytest.raises(ValidationError, match="room"):
        add_reaction(cast.admin, message, kinds[MAX_KINDS])
    add_reaction(cast.admin, message, kinds[0])
    assert Reaction.objects.filter(message=message).count() == MAX_KINDS + 1


@pytest.mark.parametrize("who", ["outsider", "bruno_user", "teacher2", "chloe_user"])
def test_who_does_not_read_the_message_cannot_react(cast, client_for, message, who):
    client = client_for(getattr(cast, who))
    assert client.post(url(message), {"emoji": "👍"}, headers=HTMX).status_code == 404
    assert client.delete(url(message, "?emoji=👍"), headers=HTMX).status_code == 404


def test_a_student_finds_no_staff_message_to_react_to(cast, client_for, thread, message):
    secret = send_message(cast.staff, thread, "Between us", "staff")
    client = client_for(cast.amina_user)
    assert client.post(url(secret), {"emoji": "👍"}, headers=HTMX).status_code == 404
    elsewhere = f"/conversations/{cast.bruno.conversation_id}/messages/{message.pk}/reactions/"
    assert client_for(cast.staff).post(elsewhere, {"emoji": "👍"}, headers=HTMX).status_code == 404
    assert client_for(None).post(url(message), {"emoji": "👍"}, headers=HTMX).status_code == 401
    assert client_for(cast.staff).get(url(message)).status_code == 405


def test_a_reaction_to_a_staff_message_stays_among_staff(cast, thread, published):
    secret = send_message(cast.staff, thread, "Between us", "staff")
    with published():
        add_reaction(cast.teacher, secret, "👀")
    author = f"user-{cast.staff.pk}"
    assert {channel for channel, _ in published} == {f"student-{cast.amina.pk}-staff", author}
    assert (published.toasts, published.bells) == ({}, {author: [f"conversation-{thread.pk}"]})
    thread.refresh_from_db()
    assert (thread.clock, thread.staff_clock) == (0, 2)


def test_who_wrote_a_message_is_told_of_each_reaction_until_it_is_taken_back_and_of_no_own(cast, message, published):
    author = User.objects.get(pk=message.author_id)
    assert author != cast.amina_user
    with published():
        add_reaction(author, message, "🎉")
    assert published.bells == {}
    with published():
        add_reaction(cast.amina_user, message, "👍")
        add_reaction(cast.amina_user, message, "👍")
    assert published.bells == {f"user-{author.pk}": [f"conversation-{message.conversation_id}"]}
    assert published.toasts == {}, "a reaction interrupts nobody"
    [notice] = Notification.objects.filter(kind="reaction")
    assert (notice.recipient, notice.actor) == (author, cast.amina_user)
    published.clear()
    with published():
        remove_reaction(cast.amina_user, message, "👍")
    assert published.bells.keys() == {f"user-{author.pk}"}
    assert not Notification.objects.filter(kind="reaction").exists()


def test_nobody_reacts_to_what_is_deleted_or_where_it_is_closed(cast, client_for, thread, message):
    Conversation.objects.filter(pk=thread.pk).update(locked=True)
    closed = client_for(cast.amina_user).post(url(message), {"emoji": "👍"}, headers=HTMX)
    assert (closed.status_code, "closed" in closed.content.decode()) == (403, True)
    add_reaction(cast.staff, message, "👍")
    delete_message(cast.staff, message)
    for change in (add_reaction, remove_reaction):
        with pytest.raises(PermissionDenied):
            change(cast.staff, message, "👍")


def test_reading_takes_the_same_queries_however_many_react(cast, client_for, thread, message):
    client = client_for(cast.staff)
    add_reaction(cast.staff, message, "👍")

    def measure() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/conversations/{thread.pk}/")
        return len(queries)

    measure()
    few = measure()
    for number in range(30):
        one = User.objects.create(email=f"r{number}@homeroom.test", given_name=f"R{number}", role=Role.STAFF)
        add_reaction(one, send_message(one, thread, f"{number} @Sofia Second"), "🎉")
        add_reaction(one, message, "👍")
    assert measure() == few
