"""Naming somebody outside the course is asked about before it is sent, in words that don't tell whether they exist."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.conversations import mentions
from apps.conversations.models import Attachment, Message
from tests import factories
from tests.community.place import fixture_place  # noqa: F401

ASKED = "isn’t the full name of anybody who can read this. Nobody is told."


@pytest.fixture
def stranger(place):
    return factories.user(Role.STUDENT, "Zoe", family_name="Quist")


@pytest.fixture
def topic(place):
    return place.topic(place.a)


@pytest.fixture
def lesson(place):
    return factories.lesson(module=factories.module(course=place.course))


def address(place, topic, lesson, kind):
    return {
        "reply": lambda: reverse("conversations:message_list", args=[topic.conversation_id]),
        "chat": lambda: reverse("conversations:message_list", args=[place.community.chat_id]),
        "topic": lambda: reverse("community:topic_create", args=[place.course.pk]),
        "first comment": lambda: reverse("community:comment_list", args=[place.course.pk, lesson.pk]),
    }[kind]()


def sent(body, **more):
    return {"body": body, "title": "Who", "client_key": str(uuid.uuid4()), **more}


@pytest.mark.parametrize("kind", ["reply", "chat", "topic", "first comment"])
def test_it_is_asked_about_first_with_the_text_kept_and_sent_at_a_second_word(
    place, topic, lesson, stranger, client_for, kind
):
    client, url = client_for(place.b), address(place, topic, lesson, kind)
    typed, before = sent("Ask @Zoe Quist & me"), Message.objects.count()
    page = client.post(url, typed)
    assert page.status_code == 409
    assert ASKED in page.text
    assert "Ask @Zoe Quist &amp; me</textarea>" in page.text
    assert '<button class="btn btn-sm" name="anyway" value="1">Post anyway</button>' in page.text
    assert Message.objects.count() == before
    assert client.post(url, {**typed, "anyway": "1"}).status_code == 302
    assert Message.objects.latest("pk").body == "Ask @Zoe Quist & me"


def test_the_words_are_the_same_whether_that_person_exists_or_not(place, topic, stranger, client_for):
    client, url = client_for(place.b), reverse("conversations:message_list", args=[topic.conversation_id])

    def asked(name):
        page = client.post(url, sent(f"Ask @{name}"))
        htmx = client.post(url, sent(f"Ask @{name}"), headers={"HX-Request": "true"})
        hint = client.get(f"/conversations/{topic.conversation_id}/people/", {"names": [name]})
        assert (page.status_code, htmx.status_code, hint.status_code) == (409, 409, 200)
        assert ASKED in htmx.text
        said = page.text.split('class="composer-warning"', 1)[1].split("</form>", 1)[0]
        return [text.replace(name, "NAME") for text in (said, htmx.text, hint.text)]

    assert asked("Zoe Quist") == asked("Zoe Qvist")


def test_who_reads_it_is_not_asked_about_nor_what_stands_in_code(place, topic, client_for):
    url = reverse("conversations:message_list", args=[topic.conversation_id])
    for body in (f"Ask @{place.a.full_name}", "Write to ada@example.com", "Put `@property` there", "```\n@cache\n```"):
        assert client_for(place.b).post(url, sent(body)).status_code == 302, body


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ada and @Bo and @Ada", ["@Ada", "@Bo"]),
        ("@Ada Ames, @Ada Amessen", ["@Ada"]),
        ("@ada ames", []),
        ("nobody", []),
    ],
)
def test_a_name_is_known_when_it_stands_there_in_full(db, text, found):
    factories.user(Role.STUDENT, "Ada", family_name="Ames", email="ames@homeroom.test")
    assert mentions.unknown(text, User.objects.all()) == found


def test_other_conversations_ask_nothing(cast, client_for):
    thread = cast.amina.conversation
    url = reverse("conversations:message_list", args=[thread.pk])
    assert client_for(cast.teacher).post(url, {"body": "Ask @Nobody Atall"}).status_code == 302


@pytest.mark.parametrize("kind", ["reply", "chat", "topic"])
def test_files_chosen_without_script_go_along_with_the_answer(place, topic, lesson, stranger, client_for, kind):
    client, url = client_for(place.b), address(place, topic, lesson, kind)
    typed = sent("Ask @Zoe Quist")
    page = client.post(url, {**typed, "files": SimpleUploadedFile("a.txt", b"words")})
    assert page.status_code == 409
    (kept,) = Attachment.objects.filter(uploader=place.b, message=None)
    assert f'name="attachments" value="{kept.pk}"' in page.text
    assert "1 file will be" in page.text
    assert client.post(url, {**typed, "anyway": "1", "attachments": kept.pk}).status_code == 302
    assert Message.objects.latest("pk").attachments.get() == kept


def test_a_topic_takes_no_file_of_another_person(place, topic, lesson, client_for):
    client_for(place.a).post(
        address(place, topic, lesson, "topic"),
        {**sent("Ask @Zoe Quist"), "files": SimpleUploadedFile("a.txt", b"words")},
    )
    theirs = Attachment.objects.get(uploader=place.a)
    page = client_for(place.b).post(address(place, topic, lesson, "topic"), {**sent("Mine"), "attachments": theirs.pk})
    assert page.status_code == 422
    assert "These files can’t be sent any more." in page.text or "can&#x27;t be sent any more" in page.text
    assert Attachment.objects.get(pk=theirs.pk).message is None
