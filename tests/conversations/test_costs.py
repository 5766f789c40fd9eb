"""What a page of talk may cost: as many queries for a crowded thread as for an empty one, and few bytes on the wire."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.conversations.actions import add_reaction, pin_message, send_message
from apps.conversations.models import Conversation, Message
from tests.factories import attachment

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 15
MOST_BYTES = 1_500


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


def crowd(cast, thread, count: int) -> list[Message]:
    """Messages of three people that have all that a message can have: quotes, names, files, reactions, pins."""
    said: list[Message] = []
    for number in range(count):
        author = (cast.staff, cast.amina_user, cast.teacher)[number % 3]
        audience = "everyone" if author == cast.amina_user or number % 2 else "staff"
        quoted = said[-3] if number > 3 and said[-3].audience == audience else None
        message = send_message(author, thread, f"@{cast.staff2.full_name} look, {number}", audience, reply_to=quoted)
        attachment(message=message)
        add_reaction(cast.staff2, message, "👍")
        said.append(message)
    for message in said[:3]:
        pin_message(cast.staff, message)
    return said


def pages(cast, thread, message: Message) -> dict[str, str]:
    """Every page that shows the thread to staff."""
    alone, listed = (
        reverse(f"conversations:{name}", args=[thread.pk]) for name in ("conversation_detail", "message_list")
    )
    return {
        "the student": cast.amina.get_absolute_url(),
        "the thread": alone,
        "the thread around a message": f"{alone}?at={message.pk}",
        "the thread before a message": f"{alone}?before={message.key}",
        "older": f"{listed}?before={message.key}",
        "newer": f"{listed}?newer={message.key}",
        "catching up": f"{listed}?after=0.0",
        "searching": f"{reverse('conversations:search_list')}?q=look&in={thread.pk}",
    }


def queries_of(request) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert request().status_code in {200, 201}
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("who", ["staff", "teacher", "admin"])
def test_no_page_of_a_crowded_thread_takes_more_than_15_queries(cast, client_for, thread, settings, tmp_path, who):
    settings.MEDIA_ROOT = tmp_path
    said = crowd(cast, thread, 30)
    client = client_for(getattr(cast, who))
    few = {name: queries_of(lambda page=page: client.get(page)) for name, page in pages(cast, thread, said[2]).items()}
    assert {name: len(asked) for name, asked in few.items() if len(asked) > MOST_QUERIES} == {}
    said += crowd(cast, thread, 30)
    many = {
        name: queries_of(lambda page=page: client.get(page)) for name, page in pages(cast, thread, said[30]).items()
    }
    assert {name: len(asked) for name, asked in many.items()} == {name: len(asked) for name, asked in few.items()}


def test_the_students_own_page_of_a_crowded_thread_takes_no_more(cast, client_for, thread, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    message = next(message for message in crowd(cast, thread, 12) if message.audience == "everyone")
    client = client_for(cast.amina_user)
    for page in ("/", reverse("conversations:conversation_detail", args=[thread.pk]) + f"?at={message.pk}"):
        assert len(queries_of(lambda page=page: client.get(page))) <= MOST_QUERIES, page


def test_a_post_that_quotes_and_names_takes_no_more(cast, client_for, thread, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    quoted = crowd(cast, thread, 6)[0]
    client = client_for(cast.staff)
    data = {"body": f"@{cast.staff2.full_name} see above", "audience": "staff", "reply_to": quoted.pk, "seen": 2**60}
    asked = queries_of(lambda: client.post(reverse("conversations:message_list", args=[thread.pk]), data, headers=HTMX))
    assert len([sql for sql in asked if "SAVEPOINT" not in sql]) <= MOST_QUERIES


@pytest.mark.parametrize("audience", ["staff", "everyone"])
@pytest.mark.parametrize("photo", ["", "photos/AbCdEfGhIjKlMnOpQrSt.webp"], ids=["initials", "photo"])
def test_a_short_message_travels_in_1500_bytes(cast, thread, published, audience, photo):
    cast.staff.photo = photo
    cast.staff.save()
    with published():
        send_message(
            cast.staff, thread, "Thank you, I will bring the sheet about similar triangles on Monday.", audience
        )
    [event] = [event for channel, event in published if channel.startswith(f"student-{cast.amina.pk}")]
    assert ("/accounts/photos/" in event) is bool(photo)
    assert len(event.encode()) <= MOST_BYTES
