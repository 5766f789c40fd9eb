"""One endpoint reads, sends and catches up."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.conversations.actions import delete_message, edit_message, send_message
from apps.conversations.models import FOREVER, Audience, Conversation, Message, Participant

HTMX = {"HX-Request": "true"}


def url(conversation: Conversation) -> str:
    return reverse("conversations:message_list", args=[conversation.pk])


def ids(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="message-(\d+)"', html)]


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


def test_a_post_answers_with_the_same_fragment_that_is_pushed(cast, client_for, thread, published):
    with published():
        answer = client_for(cast.staff).post(url(thread), {"body": "Hello", "audience": "everyone"}, headers=HTMX)
    assert answer.status_code == 201
    [pushed] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    lines = "\n".join(line.removeprefix("data: ") for line in pushed.splitlines() if line.startswith("data: "))
    assert lines.strip() == answer.content.decode().strip()


def test_staff_write_for_staff_unless_they_say_otherwise(cast, client_for, thread, published):
    with published():
        client_for(cast.staff).post(url(thread), {"body": "Between us"}, headers=HTMX)
    assert Message.objects.get().audience == Audience.STAFF
    channels = {channel for channel, _ in published}
    assert f"student-{cast.amina.pk}-staff" in channels
    assert f"student-{cast.amina.pk}" not in channels
    assert f"user-{cast.amina_user.pk}" not in channels


def test_a_student_writes_for_everyone_and_never_for_staff_alone(cast, client_for, thread):
    client = client_for(cast.amina_user)
    assert client.post(url(thread), {"body": "Help"}, headers=HTMX).status_code == 201
    assert Message.objects.get().audience == Audience.EVERYONE
    refused = client.post(url(thread), {"body": "Sneaky", "audience": "staff"}, headers=HTMX)
    assert refused.status_code == 422
    assert Message.objects.count() == 1


def test_no_route_shows_a_student_what_is_for_staff(cast, client_for, thread):
    secret = send_message(cast.staff, thread, "secret one", Audience.STAFF)
    send_message(cast.staff, thread, "open one", Audience.EVERYONE)
    client = client_for(cast.amina_user)
    pages = [
        reverse("dashboard:home"),
        reverse("conversations:conversation_detail", args=[thread.pk]),
        url(thread) + "?after=0",
        url(thread) + "?after=0.0",
        url(thread) + f"?before={secret.key + 10**9}",
    ]
    for page in pages:
        text = client.get(page).content.decode()
        assert "open one" in text
        assert "secret one" not in text


@pytest.mark.parametrize("who", ["admin", "staff", "teacher", "amina_user"])
def test_who_takes_part_reads_and_writes(cast, client_for, thread, who):
    client = client_for(getattr(cast, who))
    assert client.post(url(thread), {"body": "Hi"}, headers=HTMX).status_code == 201
    assert "Hi" in client.get(url(thread) + "?after=0.0").content.decode()


def test_wrong_cursors_are_refused(cast, client_for, thread):
    client = client_for(cast.staff)
    for query in ("after=x", "after=-1", "after=1.2.3", "after=", "after=" + "9" * 40, "before=x", "after=١"):
        assert client.get(f"{url(thread)}?{query}").status_code == 400, query


@pytest.mark.parametrize(
    ("body", "reason"),
    [("", "Write something"), (" \n\t ", "Write something"), ("x" * 5_001, "5,001 characters")],
)
def test_what_cannot_be_stored_is_refused_with_the_reason_and_the_text_kept(cast, client_for, thread, body, reason):
    client = client_for(cast.staff)
    answer = client.post(url(thread), {"body": body}, headers=HTMX)
    assert (answer.status_code, reason in answer.content.decode()) == (422, True)
    page = client.post(url(thread), {"body": body, "audience": "everyone"})
    assert page.status_code == 422
    assert reason in page.content.decode()
    assert body.strip() in page.content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("nul\0here", "nul\ufffdhere"),
        ("\u202eevil", "\u202eevil"),
        ("👩‍🏫 ok", "👩‍🏫 ok"),
        ("x" * 5_000, "x" * 5_000),
    ],
)
def test_anything_else_is_text(cast, client_for, thread, typed, stored):
    answer = client_for(cast.staff).post(url(thread), {"body": typed}, headers=HTMX)
    assert answer.status_code == 201
    assert Message.objects.get().body == stored
    assert "<script" not in answer.content.decode()


def test_links_become_links_and_nothing_else_does(cast, client_for, thread):
    body = "see https://example.com/a?b=1&c=2 or javascript:alert(1) <a href='x'>"
    html = client_for(cast.staff).post(url(thread), {"body": body}, headers=HTMX).content.decode()
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html
    assert html.count("<a ") == 1


def test_an_address_without_a_scheme_leads_to_https(cast, client_for, thread):
    html = client_for(cast.staff).post(url(thread), {"body": "see example.com"}, headers=HTMX).content.decode()
    assert 'href="https://example.com"' in html


def test_sending_again_makes_one_row_and_the_same_answer(cast, client_for, thread, published):
    client, data = client_for(cast.staff), {"body": "Once", "client_key": uuid.uuid4()}
    with published():
        first, second = (client.post(url(thread), data, headers=HTMX) for _ in range(2))
    assert first.content == second.content
    assert Message.objects.count() == 1
    assert len([channel for channel, _ in published if channel.startswith("student-")]) == 1
    other = client.post(url(cast.bruno.conversation), data, headers=HTMX)
    assert other.status_code == 422


def test_a_session_that_ended_loses_no_text(client_for, cast, thread):
    client = client_for(None)
    answer = client.post(url(thread), {"body": "Long and dear"}, headers=HTMX)
    assert answer.status_code == 401
    assert reverse("account_login") in answer.content.decode()
    page = client.post(url(thread), {"body": "Long and dear"})
    assert page.status_code == 401
    assert "Long and dear" in page.content.decode()


def test_without_script_a_post_leads_back_to_the_thread(cast, client_for, thread):
    answer = client_for(cast.staff).post(url(thread), {"body": "Plain"})
    message = Message.objects.get()
    assert (answer.status_code, answer.url) == (302, f"{cast.amina.get_absolute_url()}#message-{message.pk}")


def test_each_audience_has_a_clock_without_holes(cast, thread):
    for audience in ("everyone", "staff", "staff", "everyone", "staff"):
        send_message(cast.staff, thread, "x", audience)
    for audience, count in (("everyone", 2), ("staff", 3)):
        versions = Message.objects.filter(audience=audience).order_by("key").values_list("version", flat=True)
        assert list(versions) == list(range(1, count + 1))
    thread.refresh_from_db()
    assert (thread.clock, thread.staff_clock) == (2, 3)


def test_catching_up_brings_edits_and_deletions_and_says_where_it_ends(cast, client_for, thread):
    first = send_message(cast.staff, thread, "first", "everyone")
    second = send_message(cast.staff, thread, "second", "staff")
    client = client_for(cast.staff)
    assert client.get(url(thread) + "?after=1.1").headers["Homeroom-Cursor"] == "1.1"
    edit_message(cast.staff, first, "first, mended")
    delete_message(cast.staff, second)
    answer = client.get(url(thread) + "?after=1.1")
    html = answer.content.decode()
    assert ids(html) == [first.pk, second.pk]
    assert "first, mended" in html
    assert "data-deleted" in html
    assert ">second<" not in html
    assert answer.headers["Homeroom-Cursor"] == "2.2"


def test_catching_up_goes_on_until_it_is_complete(cast, client_for, thread, monkeypatch):
    monkeypatch.setattr("apps.conversations.threads.CATCH_UP", 3)
    sent = {send_message(cast.staff, thread, str(n), "everyone" if n % 3 else "staff").pk for n in range(10)}
    client, cursor, seen, rounds = client_for(cast.staff), "0.0", set(), 0
    while True:
        answer = client.get(f"{url(thread)}?after={cursor}")
        seen |= set(ids(answer.content.decode()))
        cursor, rounds = answer.headers["Homeroom-Cursor"], rounds + 1
        if answer.headers["Homeroom-Complete"] == "true":
            break
    assert (seen, cursor, rounds) == (sent, "6.4", 2)


def test_older_messages_come_in_pages(cast, client_for, thread):
    sent = [send_message(cast.staff, thread, str(n)).pk for n in range(120)]
    client, seen = client_for(cast.staff), []
    html = client.get(reverse("conversations:conversation_detail", args=[thread.pk])).content.decode()
    while True:
        seen = [pk for pk in ids(html) if pk] + seen
        more = re.search(r'hx-get="([^"]*before=\d+)"', html)
        if not more:
            break
        html = client.get(more[1]).content.decode()
    assert seen == sent


def test_a_fragment_knows_no_reader(cast, client_for, thread):
    message = send_message(cast.staff, thread, "Hello", "everyone")
    answers = {
        client_for(user).get(url(thread) + "?after=0").content
        for user in (cast.admin, cast.staff, cast.teacher, cast.amina_user)
    }
    assert len(answers) == 1
    text = answers.pop().decode()
    assert "csrf" not in text
    assert "http" not in text.replace(message.body, "")


def test_a_short_message_is_a_small_event(cast, thread, published):
    with published():
        send_message(cast.staff, thread, "See you on Monday at five, with the corrected exercise.", "everyone")
    event = next(event for channel, event in published if channel.startswith("student-"))
    assert len(event.encode()) <= 1_500


def test_nothing_is_published_when_the_write_is_rolled_back(cast, thread, published):
    from django.db import transaction

    def send_and_fail():
        with transaction.atomic():
            send_message(cast.staff, thread, "Never")
            raise RuntimeError

    with published(), pytest.raises(RuntimeError):
        send_and_fail()
    assert published == []


def test_a_broken_transport_breaks_no_post(cast, client_for, thread, monkeypatch, django_capture_on_commit_callbacks):
    def explode(*_: object) -> None:
        raise OSError("no transport")

    monkeypatch.setattr("apps.realtime.publish.deliver", explode)
    with django_capture_on_commit_callbacks() as callbacks:
        answer = client_for(cast.staff).post(url(thread), {"body": "Stored"}, headers=HTMX)
    assert answer.status_code == 201
    assert callbacks


def test_those_who_take_part_are_told_and_the_others_not(cast, thread, published):
    send_message(cast.staff2, thread, "I follow now")
    send_message(cast.staff, thread, "I stopped")
    Participant.objects.filter(user=cast.staff).update(muted_until=FOREVER)
    with published():
        send_message(cast.admin, thread, "For all", "everyone")
    told = {f"user-{user.pk}" for user in (cast.staff2, cast.teacher, cast.amina_user)}
    assert {channel for channel, _ in published if channel.startswith("user-")} == told
    assert {channel: len(toasts) for channel, toasts in published.toasts.items()} == dict.fromkeys(told, 1)
    assert all("Ada Admin" in toast and "For all" in toast for [toast] in published.toasts.values())
    assert published.bells == {channel: [f"conversation-{thread.pk}"] for channel in told}


def test_a_locked_thread_takes_words_from_staff_alone(cast, client_for, thread):
    Conversation.objects.filter(pk=thread.pk).update(locked=True)
    refused = client_for(cast.amina_user).post(url(thread), {"body": "Hello?"}, headers=HTMX)
    assert (refused.status_code, "closed" in refused.content.decode()) == (403, True)
    assert client_for(cast.staff).post(url(thread), {"body": "Why it is closed"}, headers=HTMX).status_code == 201


def grow(cast, thread, start: int, stop: int) -> None:
    Message.objects.bulk_create(
        Message(
            conversation=thread,
            key=n,
            version=n,
            author=cast.staff,
            author_name="Sam",
            author_role="staff",
            audience="everyone",
            body=str(n),
        )
        for n in range(start, stop)
    )
    Conversation.objects.filter(pk=thread.pk).update(clock=stop - 1)


def test_a_thread_takes_the_same_queries_however_long_it_is(cast, client_for, thread):
    client = client_for(cast.staff)
    requests = {
        "the page": lambda: client.get(reverse("conversations:conversation_detail", args=[thread.pk])),
        "older": lambda: client.get(url(thread) + "?before=10"),
        "catching up": lambda: client.get(url(thread) + "?after=0.0"),
        "sending": lambda: client.post(url(thread), {"body": "Hi"}, headers=HTMX),
    }

    def measure() -> dict[str, int]:
        counts = {}
        for name, request in requests.items():
            with CaptureQueriesContext(connection) as queries:
                request()
            counts[name] = len(queries)
        return counts

    grow(cast, thread, 1, 11)
    requests["sending"]()
    few = measure()
    grow(cast, thread, 100, 200)
    assert measure() == few
    assert max(few.values()) <= 15
