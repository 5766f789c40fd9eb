"""Sending past somebody's reply: asked first, told what was said, and nothing is lost."""

import re

import pytest
from django.core.exceptions import ValidationError

from apps.conversations.actions import Unseen, delete_message, send_message
from apps.conversations.models import Conversation, Message

HTMX = {"HX-Request": "true"}


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


def url(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/messages/"


def test_who_has_not_seen_a_reply_is_asked_with_the_reply(cast, client_for, thread):
    first = send_message(cast.staff, thread, "Shall we meet?", "everyone")
    send_message(cast.amina_user, thread, "Not today, <b>sorry</b> https://example.com/")
    answer = client_for(cast.staff).post(url(thread), {"body": "At five then", "seen": first.key}, headers=HTMX)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "<bdi>Amina Diallo</bdi> replied meanwhile: send anyway?" in html
    assert 'Not today, &lt;b&gt;sorry&lt;/b&gt; <a href="https://example.com/"' in html
    assert "message-" not in re.findall(r'id="([^"]*)"', html)
    assert Message.objects.count() == 2
    [newest] = re.findall(r'data-newest="(\d+)"', html)
    again = client_for(cast.staff).post(url(thread), {"body": "At five then", "seen": newest}, headers=HTMX)
    assert again.status_code == 201
    assert Message.objects.count() == 3


def test_only_what_others_wrote_and_this_person_may_read_is_asked_about(cast, client_for, thread):
    first = send_message(cast.amina_user, thread, "Hello", "everyone")
    send_message(cast.amina_user, thread, "from another tab")
    send_message(cast.staff, thread, "Between us", "staff")
    delete_message(cast.staff, send_message(cast.staff, thread, "gone", "everyone"))
    student = client_for(cast.amina_user)
    assert student.post(url(thread), {"body": "And?", "seen": first.key}, headers=HTMX).status_code == 201
    asked = client_for(cast.teacher).post(url(thread), {"body": "Hm", "seen": first.key}, headers=HTMX)
    assert asked.status_code == 409
    assert "gone" not in asked.content.decode()


def test_the_last_three_are_shown_and_nothing_is_asked_of_who_does_not_say(cast, client_for, thread):
    for number in range(5):
        send_message(cast.staff2, thread, f"reply {number}.")
    html = client_for(cast.staff).post(url(thread), {"body": "Hm", "seen": 0}, headers=HTMX).content.decode()
    assert re.findall(r"reply (\d)\.", html) == ["2", "3", "4"]
    assert client_for(cast.staff).post(url(thread), {"body": "Hm"}, headers=HTMX).status_code == 201


def test_a_retry_of_what_was_stored_is_never_asked_about(cast, client_for, thread):
    data = {"body": "Once", "client_key": "6b1f5a0e-6a55-4bd5-9d5f-0b8b8e5b7c11", "seen": 0}
    client = client_for(cast.staff)
    assert client.post(url(thread), data, headers=HTMX).status_code == 201
    send_message(cast.staff2, thread, "replied")
    assert client.post(url(thread), data, headers=HTMX).status_code == 201
    assert Message.objects.count() == 2


def test_without_script_the_page_asks_keeps_everything_and_the_same_button_sends(cast, client_for, thread):
    client = client_for(cast.staff)
    quoted = send_message(cast.staff, thread, "Shall we meet?", "everyone")
    page = client.get(f"/conversations/{thread.pk}/").content.decode()
    [seen] = re.findall(r'name="seen" value="(\d+)"', page)
    assert int(seen) == quoted.key
    reply = send_message(cast.amina_user, thread, "Not today")
    data = {"body": "At five <then>", "audience": "everyone", "seen": seen, "reply_to": quoted.pk}
    asked = client.post(url(thread), data)
    html = asked.content.decode()
    assert asked.status_code == 409
    assert "Amina Diallo</bdi> replied meanwhile" in html
    assert "At five &lt;then&gt;</textarea>" in html
    assert re.search(r'value="everyone" checked', html)
    fields = dict(re.findall(r'<input type="hidden" name="(seen|reply_to|client_key)" value="([^"]*)"', html))
    assert fields["seen"] == str(reply.key)
    sent = client.post(url(thread), {"body": "At five <then>", "audience": "everyone", **fields})
    assert sent.status_code == 302
    assert Message.objects.latest("key").reply_to == quoted


def test_the_action_says_what_is_unseen(cast, thread):
    theirs = send_message(cast.staff2, thread, "first")
    with pytest.raises(Unseen) as asked:
        send_message(cast.staff, thread, "second", seen=theirs.key - 1)
    assert asked.value.messages == [theirs]
    assert send_message(cast.staff, thread, "second", seen=theirs.key).pk


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 30, "1.5"])
def test_a_key_that_is_none_is_refused(cast, client_for, thread, seen):
    answer = client_for(cast.staff).post(url(thread), {"body": "Hi", "seen": seen}, headers=HTMX)
    assert answer.status_code == 422
    assert not Message.objects.exists()


def test_a_reply_to_what_was_deleted_after_it_was_found_is_refused(cast, thread):
    quoted = send_message(cast.staff, thread, "Shall we meet?", "everyone")
    delete_message(cast.staff, Message.objects.with_titles().get(pk=quoted.pk))
    assert quoted.deleted is None
    with pytest.raises(ValidationError, match="is gone"):
        send_message(cast.amina_user, thread, "At five", reply_to=quoted)
    assert Message.objects.count() == 1
