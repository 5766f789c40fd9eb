"""What one may not see is on no route: one table of all addresses of conversations, tried by everyone.

Two secrets are planted: words among staff in Amina's thread (in a text, a quote, an edit, a pin, a file), and words
between two people in a direct conversation. Each route is asked for all it can be asked, for those very rows.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse
from pypdf import PdfReader

from apps.accounts.models import User
from apps.conversations import actions, reading, urls, urls_direct
from apps.conversations.models import Attachment, Audience, Conversation, Message
from apps.realtime.channels import can_read
from tests.conversations.files import picture
from tests.doors.house import untouched

AMONG_STAFF, BETWEEN_TWO = "zimtstern", "pfeffernuss"
EVERYONE, STAFF = Audience.EVERYONE, Audience.STAFF
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _alone(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(reading._pushes, "seconds", 0)


@dataclass
class Talk:
    """A conversation with a secret in it: the message, its file, its picture, and the reply that quotes it."""

    conversation: Conversation
    message: Message
    reply: Message
    file: Attachment
    picture: Attachment
    open: Message


def plant(one: User, other: User, conversation: Conversation, word: str, audience: str) -> Talk:
    opened = actions.send_message(one, conversation, "Good morning", EVERYONE)
    data = SimpleUploadedFile(f"{word}.txt", f"{word} inside".encode())
    file = actions.upload(one, conversation, data)
    shot = actions.upload(one, conversation, SimpleUploadedFile(f"{word}.jpg", picture()))
    files = [file.pk, shot.pk]
    message = actions.send_message(one, conversation, f"{word} at first", audience, attachments=files)
    actions.edit_message(one, message, f"{word} @{other.full_name}")
    actions.pin_message(one, message)
    actions.add_reaction(other, message, "👍")
    reply = actions.send_message(other, conversation, f"A {word} it is", audience, reply_to=message)
    shot.refresh_from_db()
    assert shot.file.ready
    return Talk(conversation, message, reply, file, shot, opened)


@pytest.fixture
def staff_talk(cast) -> Talk:
    return plant(cast.teacher, cast.staff, cast.amina.conversation, AMONG_STAFF, STAFF)


@pytest.fixture
def direct_talk(cast) -> Talk:
    return plant(cast.staff, cast.teacher, actions.open_direct(cast.staff, cast.teacher), BETWEEN_TWO, EVERYONE)


@dataclass
class Try:
    """One request; `shows`: whoever may read the secret finds it in the answer."""

    method: str = "get"
    ask: Callable[[Talk], dict[str, Any]] = field(default=lambda talk: {})
    shows: bool = False


def get(shows: bool = True, **query: Any) -> Try:
    """A GET; a query may be a function of the talk."""
    return Try("get", lambda talk: {n: v(talk) if callable(v) else v for n, v in query.items()}, shows)


def send(method: str = "post", **data: Any) -> Try:
    return Try(method, lambda talk: {n: v(talk) if callable(v) else v for n, v in data.items()})


def _id(talk: Talk) -> int:
    return talk.message.pk


def _key(talk: Talk) -> int:
    return talk.message.key


def _after(talk: Talk) -> int:
    return talk.reply.key + 1


def _words(talk: Talk) -> str:
    return talk.message.body.split()[0]


def _conversation(talk: Talk) -> int:
    return talk.conversation.pk


MANY = 10**17
# Every address, and what may be asked of it.
ROUTES: dict[str, list[Try]] = {
    "conversations:conversation_detail": [
        get(),
        get(at=_id),
        get(at=lambda talk: talk.reply.pk),
        get(before=_after),
        get(newer=0),
        get(newer=lambda talk: talk.open.key, part="thread"),
    ],
    "conversations:message_list": [
        get(),
        get(after="0"),
        get(after="0.0", why="gap"),
        get(before=_after),
        get(newer=0),
        get(before=MANY, after="0.0"),
        send(body="hello", audience="staff", seen=0),
        send(body="hello", reply_to=_id),
        send(body="", attachments=lambda talk: talk.file.pk),
        send(body="hello", audience="everyone", client_key=lambda talk: talk.message.client_key, seen=0),
    ],
    "conversations:message_detail": [send(body="mine now"), send("delete")],
    "conversations:message_sending": [send("delete")],
    "conversations:message_source": [get()],
    "conversations:message_pin": [send(), send("delete")],
    "conversations:pin_list": [get()],
    "conversations:reaction_list": [send(emoji="👀"), send("delete", emoji="👍"), send(emoji=AMONG_STAFF)],
    "conversations:person_list": [
        get(False, q="t"),
        get(False, q="s", audience="staff"),
        get(False, q="a", beyond="staff"),
    ],
    "conversations:position_create": [send(page="a", marks="1", read=MANY, delivered=MANY), send(page="a", away="1")],
    "conversations:typing_create": [send(), send(audience="staff"), send(audience="everyone", age=5)],
    "conversations:search_list": [
        get(q=_words),
        get(q=_words, **{"in": _conversation}),
        get(q=_words, before=2**63 - 1),
        get(False, q=f"{AMONG_STAFF[:4]}"),
        get(False, q=f"-{AMONG_STAFF} {BETWEEN_TWO}"),
    ],
    "conversations:unread_list": [get(False, **{"in": _conversation})],
    "conversations:lock": [send(), send("delete")],
    "conversations:mute": [send(span="hour"), send(span="off"), send(span=AMONG_STAFF)],
    "conversations:assignment": [
        get(False),
        get(False, part="whose"),
        send(user=lambda talk: talk.message.author_id),
        send(user=""),
        send(user=AMONG_STAFF),
    ],
    "conversations:export_detail": [
        replace(send(format="text", staff="1"), shows=True),
        replace(send(format="json", staff="1"), shows=True),
        send(format="pdf", staff="1"),
        send(format="json"),
    ],
    "conversations:foot": [get(False)],
    "conversations:reader_list": [get(False)],
    "conversations:addressee_detail": [get(False)],
    "conversations:attachment_create": [Try("post", lambda talk: {"file": SimpleUploadedFile("a.txt", b"a")})],
    "conversations:attachment_detail": [get(), Try("head"), send("delete")],
    "conversations:attachment_thumbnail": [get(False), Try("head")],
    "messages:talk_list": [
        get(False),
        get(False, q="t"),
        get(False, page=99),
        send(user=lambda talk: talk.message.author_id),
    ],
    "messages:people_list": [get(False), get(False, q="s")],
}
# What a third person may ask for at all: answers that are about themselves.
ABOUT_ONESELF = {"conversations:search_list", "conversations:unread_list", "messages:talk_list", "messages:people_list"}


PATTERNS: dict[str, URLPattern] = {
    f"{module.app_name}:{entry.name}": entry for module in (urls, urls_direct) for entry in module.urlpatterns
}


def test_every_address_of_conversations_has_a_row_in_this_table():
    assert set(PATTERNS) == set(ROUTES)


def addresses(name: str, talk: Talk) -> list[str]:
    """A route's addresses for the rows of a talk: its own, and the same rows through another conversation."""
    files = [talk.picture.pk] if name.endswith("thumbnail") else [talk.file.pk, talk.picture.pk]
    takes = PATTERNS[name].pattern.converters
    things = files if "attachment_pk" in takes else [talk.message.pk, talk.reply.pk]
    rows = [{"message_pk": thing, "attachment_pk": thing} for thing in things] if len(takes) > 1 else [{}]
    return [reverse(name, kwargs={part: {"pk": talk.conversation.pk, **row}[part] for part in takes}) for row in rows]


def text_of(response: HttpResponseBase) -> str:
    """All that an answer says: its headers, and its body (of a PDF the text)."""
    body = response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined]
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    if body.startswith(b"%PDF"):
        return headers + "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    return headers + "\n" + body.decode(errors="replace")


def ask(client: Client, trial: Try, address: str, talk: Talk) -> Iterator[HttpResponseBase]:
    for headers in ({}, HTMX):
        data = trial.ask(talk)
        if trial.method == "delete" and data:
            yield client.delete(f"{address}?{'&'.join(f'{n}={v}' for n, v in data.items())}", headers=headers)
        elif trial.method == "delete":
            yield client.delete(address, headers=headers)
        else:
            yield getattr(client, trial.method)(address, data, headers=headers)


# What the asker typed is theirs to see again.
def seen_of(answer: str, trial: Try, talk: Talk) -> str:
    typed = trial.ask(talk).get("q", "")
    return answer.replace(str(typed), "") if trial.method == "get" and typed else answer


def answers(client: Client, name: str, talk: Talk) -> Iterator[tuple[str, Try, HttpResponseBase]]:
    """All that a route answers to all that it may be asked for the rows of a talk."""
    for address in addresses(name, talk):
        for trial in ROUTES[name]:
            for answer in ask(client, trial, address, talk):
                yield address, trial, answer


@pytest.mark.parametrize("who", ["amina_user", "bruno_user", "chloe_user", "outsider", "teacher2"])
def test_words_among_staff_reach_nobody_else_by_any_route(cast, client_for, staff_talk, who):
    before = Message.objects.in_bulk()
    client = client_for(getattr(cast, who))
    for name in ROUTES:
        with untouched():
            for address, trial, answer in answers(client, name, staff_talk):
                told = address, trial, answer.status_code
                assert answer.status_code < 500, told
                assert AMONG_STAFF not in seen_of(text_of(answer), trial, staff_talk), told
                assert f"message-{staff_talk.message.pk}" not in text_of(answer), told
                if re.search(r"/(messages|attachments)/\d", address):
                    assert answer.status_code in {404, 405}, told
                if who != "amina_user" and name not in ABOUT_ONESELF:
                    assert answer.status_code in {404, 405}, told
            for pk, message in Message.objects.in_bulk(list(before)).items():
                assert (message.version, message.body) == (before[pk].version, before[pk].body), name
                assert list(message.reactions.all()) == list(before[pk].reactions.all()), name
            assert Attachment.objects.filter(message=staff_talk.message).count() == 2, name


@pytest.mark.parametrize("who", ["admin", "staff2", "teacher2", "amina_user", "outsider"])
def test_words_between_two_people_reach_no_third_by_any_route(cast, client_for, direct_talk, who):
    before = Message.objects.in_bulk()
    client = client_for(getattr(cast, who))
    for name in ROUTES:
        with untouched():
            for address, trial, answer in answers(client, name, direct_talk):
                told = address, trial, answer.status_code
                assert BETWEEN_TWO not in seen_of(text_of(answer), trial, direct_talk), told
                assert f"message-{direct_talk.message.pk}" not in text_of(answer), told
                if name not in ABOUT_ONESELF:
                    assert answer.status_code in {404, 405}, told
            assert Message.objects.in_bulk().keys() == before.keys(), name
            assert all(before[pk].version == message.version for pk, message in Message.objects.in_bulk().items()), name


@pytest.mark.parametrize("where", ["staff", "direct"])
def test_whoever_may_read_them_finds_the_words_where_the_table_says_so(cast, client_for, request, where):
    """Else the two tests above would hold for a route that answers nobody."""
    talk = request.getfixturevalue(f"{where}_talk")
    client = client_for(cast.staff)
    word = AMONG_STAFF if where == "staff" else BETWEEN_TWO
    for name, trials in ROUTES.items():
        for address, trial in product(addresses(name, talk), (trial for trial in trials if trial.shows)):
            response = getattr(client, trial.method)(address, trial.ask(talk))
            assert response.status_code == 200, (address, trial)
            assert word in seen_of(text_of(response), trial, talk) or trial.ask(talk).get("q"), (address, trial)


@pytest.mark.parametrize("who", ["admin", "staff2"])
def test_the_admin_site_shows_nobody_what_two_others_wrote_to_each_other(cast, client_for, direct_talk, who):
    from django.contrib.auth.models import Permission

    user = getattr(cast, who)
    user.user_permissions.set(Permission.objects.all())
    client = client_for(user)
    base = "/admin/conversations/message/"
    for path in (
        base,
        f"{base}?q={BETWEEN_TWO[:6]}",
        "/admin/accounts/auditentry/",
        "/admin/conversations/participant/",
    ):
        assert BETWEEN_TWO not in text_of(client.get(path, follow=True))
    own = f"{base}{direct_talk.message.pk}"
    for verb in ("change", "delete", "history"):
        assert BETWEEN_TWO not in text_of(client.get(f"{own}/{verb}/", follow=True))
    client.post(f"{own}/change/", {"body": "changed"})
    client.post(f"{own}/delete/", {"post": "yes"})
    client.post(base, {"action": "delete_selected", "_selected_action": direct_talk.message.pk, "post": "yes"})
    direct_talk.message.refresh_from_db()
    assert BETWEEN_TWO in direct_talk.message.body
    assert not direct_talk.message.deleted


def everything(cast, talk: Talk) -> None:
    """All that staff can do among themselves in a student's thread."""
    thread = talk.conversation
    message = actions.send_message(cast.staff, thread, f"{AMONG_STAFF} @Tariq Teacher", STAFF)
    actions.edit_message(cast.staff, message, f"{AMONG_STAFF} again @Amina Diallo")
    actions.add_reaction(cast.teacher, message, "🎉")
    actions.remove_reaction(cast.teacher, message, "🎉")
    actions.pin_message(cast.admin, message)
    actions.unpin_message(cast.admin, message)
    actions.send_message(cast.staff, thread, "so it is", STAFF, reply_to=message)
    actions.send_message(cast.staff, thread, "about that", STAFF, reply_to=talk.open)
    shot = actions.upload(cast.staff, thread, SimpleUploadedFile(f"{AMONG_STAFF}.jpg", picture()))
    actions.send_message(cast.staff, thread, "", STAFF, attachments=[shot.pk])
    actions.mark_read(cast.staff, thread, talk.reply.key, talk.reply.key)
    actions.mute(cast.staff, thread, "day")
    actions.assign(cast.admin, thread, cast.teacher)
    actions.delete_message(cast.staff, message)
    actions.retract_message(cast.staff, actions.send_message(cast.staff, thread, AMONG_STAFF, STAFF))


def test_no_event_of_what_staff_do_among_themselves_goes_where_a_student_listens(
    cast, staff_talk, published, client_for
):
    thread = cast.amina.conversation
    for user in (cast.staff, cast.teacher, cast.admin, cast.amina_user):
        actions.mark_read(user, thread, staff_talk.reply.key, staff_talk.reply.key)
    with published():
        everything(cast, staff_talk)
        typing = reverse("conversations:typing_create", args=[thread.pk])
        assert client_for(cast.staff).post(typing, {"audience": "staff"}).status_code == 204
    assert any(AMONG_STAFF in event for _, event in published)
    for channel, event in published:
        for student in (cast.amina_user, cast.bruno_user, cast.outsider):
            assert not can_read(student, channel), (channel, event)


# What differs from one answer to the next by itself.
FLEETING = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|name="client_key" value="[\w-]+"|data-now="\d+"|X-Request-ID: \w+'
    r"|<template data-pending.*?</template>|\d+ (second|minute)s? ago",
    re.DOTALL,
)


def test_a_students_pages_are_the_same_to_the_byte_whatever_staff_do_among_themselves(
    cast, client_for, staff_talk, published
):
    client, thread = client_for(cast.amina_user), cast.amina.conversation
    for user in (cast.staff, cast.teacher, cast.admin, cast.amina_user):
        actions.mark_read(user, thread, staff_talk.reply.key, staff_talk.reply.key)

    def look() -> dict[str, str]:
        pages = {"/": FLEETING.sub("", text_of(client.get("/")))}
        for name, trials in ROUTES.items():
            for address in addresses(name, staff_talk):
                for number, trial in enumerate(trials):
                    if trial.method == "get":
                        answer = text_of(client.get(address, trial.ask(staff_talk)))
                        pages[f"{address} {number}"] = FLEETING.sub("", answer)
        position = reverse("conversations:position_create", args=[thread.pk])
        pages["position"] = FLEETING.sub("", text_of(client.post(position, {"marks": "1"})))
        return pages

    before = look()
    with published():
        everything(cast, staff_talk)
    after = look()
    assert before.keys() == after.keys()
    for address, page in before.items():
        assert page == after[address], address
