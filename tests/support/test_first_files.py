"""Files of the first message, before there is a ticket: taken or refused like any, and never anybody else's."""

import datetime
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.conversations.actions.files import sweep
from apps.conversations.models import Attachment, Message
from apps.support import actions
from apps.support.models import Ticket
from tests import factories
from tests.conversations.files import HTML, PDF

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    """Each test has a folder of its own for files, and counts of its own."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.MEDIA_ROOT, settings.UPLOADS = tmp_path / "media", tmp_path / "uploads"
    return tmp_path / "media"


def stored(media):
    return [path for path in media.rglob("*") if path.is_file()]


@pytest.fixture
def person(db):
    return factories.user(Role.STUDENT)


@pytest.fixture
def client(client_for, person):
    return client_for(person)


def upload(client, content=PDF, name="sheet.pdf"):
    return client.post("/support/files/", {"file": SimpleUploadedFile(name, content)}, headers=HTMX)


def test_a_file_waits_for_the_first_message_and_is_part_of_the_ticket_that_it_begins(client, person):
    number = upload(client).json()["id"]
    assert Attachment.objects.get(pk=number).conversation is None
    assert not Ticket.objects.exists()
    sent = {"body": "", "attachments": number, "client_key": uuid.uuid4()}
    answers = [client.post("/support/", sent, headers=HTMX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    message = Message.objects.get()
    assert list(message.attachments.values_list("pk", "conversation")) == [
        (number, Ticket.objects.get().conversation_id)
    ]
    assert f"/conversations/{message.conversation_id}/attachments/{number}/" in answers[0].content.decode()
    assert client.delete(f"/support/files/{number}/").status_code == 404


def test_a_ticket_that_began_meanwhile_takes_the_file_too(client, person):
    number = upload(client).json()["id"]
    ticket = actions.ask(person, "From another page").conversation.ticket
    assert client.post("/support/", {"body": "And this", "attachments": number}, headers=HTMX).status_code == 201
    assert Attachment.objects.get(pk=number).conversation == ticket.conversation
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (HTML, "picture.png", 422, "Files of this kind can't be sent here."),
        (b"", "empty.txt", 422, "This file is empty."),
        (b"a" * 100_001, "long.txt", 413, "This file is too large: 100 KB at most."),
    ],
)
def test_what_is_refused_says_why_leaves_nothing_and_keeps_the_text(
    client, person, media, settings, content, name, status, words
):
    settings.MAX_FILE = 100_000
    answer = upload(client, content, name)
    assert (answer.status_code, answer.json()["error"]) == (status, words)
    # Without script it comes along with the text.
    page = client.post("/support/", {"body": "Half a page of text", "files": SimpleUploadedFile(name, content)})
    assert page.status_code == 422
    assert words in page.content.decode().replace("&#x27;", "'")
    assert "Half a page of text" in page.content.decode()
    assert not Attachment.objects.exists()
    assert not Message.objects.exists()
    assert stored(media) == []


def test_without_script_files_go_along_with_the_question(client, person):
    files = [SimpleUploadedFile(name, PDF) for name in ("one.pdf", "two.pdf")]
    assert client.post("/support/", {"body": "Look", "files": files}).status_code == 302
    assert [each.file.name for each in Message.objects.get().attachments.all()] == ["one.pdf", "two.pdf"]


def test_a_refused_text_throws_away_what_came_with_it(client, media):
    answer = client.post("/support/", {"body": "x" * 5001, "files": SimpleUploadedFile("one.pdf", PDF)})
    assert answer.status_code == 422
    assert not Attachment.objects.exists()


def test_nobody_else_sends_or_removes_it(client, client_for, media, django_capture_on_commit_callbacks):
    number, other = upload(client).json()["id"], factories.user(Role.STUDENT)
    theirs = client_for(other)
    refused = theirs.post("/support/", {"body": "Mine", "attachments": number}, headers=HTMX)
    assert refused.status_code == 422
    assert "Choose them again" in refused.content.decode()
    assert not Ticket.objects.exists()
    assert theirs.delete(f"/support/files/{number}/").status_code == 404
    assert upload(client_for(factories.user(Role.STAFF))).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"/support/files/{number}/").status_code == 204
    assert stored(media) == []


def test_one_that_is_never_sent_is_gone_after_a_day(client, media, django_capture_on_commit_callbacks):
    number = upload(client).json()["id"]
    Attachment.objects.filter(pk=number).update(created=timezone.now() - datetime.timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    assert stored(media) == []


def test_what_was_sent_has_a_conversation(person):
    message = actions.ask(person, "Hello")
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.create(message=message, uploader=person, file=factories.stored_file(owner=person))
