"""Edit, delete, undo, pin: who may, what readers then get, and what is left of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.conversations.actions import delete_message, pin_message, retract_message, send_message, set_locked
from apps.conversations.actions.pins import MAX_PINS
from apps.conversations.models import Audience, Conversation, Message

HTMX = {"HX-Request": "true"}


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


@pytest.fixture
def message(cast, thread) -> Message:
    """Tariq, who teaches Amina, wrote it for everyone."""
    return send_message(cast.teacher, thread, "The test is on Monday", Audience.EVERYONE)


def url(message: Message, part: str = "") -> str:
    name = f"message_{part}" if part else "message_detail"
    return reverse(f"conversations:{name}", args=[message.conversation_id, message.pk])


def age(message: Message, **delta: int) -> None:
    Message.objects.filter(pk=message.pk).update(created=timezone.now() - timedelta(**delta))


def edit(client, message, body="The test is on Tuesday"):
    return client.post(url(message), {"body": body}, headers=HTMX)


def test_the_author_edits_and_everyone_gets_the_same_fragment(cast, client_for, message, published):
    with published():
        answer = edit(client_for(cast.teacher), message)
    assert answer.status_code == 200
    [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    sent = "\n".join(line.removeprefix("data: ") for line in event.splitlines() if line.startswith("data: "))
    assert sent.strip() == answer.content.decode().strip()
    assert "The test is on Tuesday" in sent
    assert 'class="message-edited"' in sent
    assert [revision.body for revision in message.revisions.all()] == ["The test is on Monday"]
    assert not AuditEntry.objects.filter(verb="message.edited").exists()


def test_the_same_text_again_changes_nothing(cast, client_for, message, published):
    with published():
        assert edit(client_for(cast.teacher), message, " The test is on Monday ").status_code == 200
    assert published == []
    message.refresh_from_db()
    assert message.edited is None


@pytest.mark.parametrize("body", ["", "   \n", "x" * 5_001])
def test_a_text_that_cant_be_stored_is_refused_with_a_reason(cast, client_for, message, body):
    answer = edit(client_for(cast.teacher), message, body)
    assert answer.status_code == 422
    assert 10 < len(answer.content.decode().strip()) < 150
    message.refresh_from_db()
    assert message.body == "The test is on Monday"


def test_own_words_can_be_edited_for_a_quarter_of_an_hour(cast, client_for, message):
    age(message, minutes=14, seconds=50)
    assert edit(client_for(cast.teacher), message, "Still in time").status_code == 200
    age(message, minutes=15)
    late = edit(client_for(cast.teacher), message, "Too late")
    assert late.status_code == 403
    assert "15 minutes" in late.content.decode()
    message.refresh_from_db()
    assert message.body == "Still in time"


def test_an_admin_edits_whatever_and_whenever_and_that_is_audited(cast, client_for, message):
    age(message, days=30)
    assert edit(client_for(cast.admin), message).status_code == 200
    assert AuditEntry.objects.filter(verb="message.edited", actor=cast.admin).count() == 1
    assert message.revisions.get().editor == cast.admin


@pytest.mark.parametrize("who", ["staff", "amina_user"])
def test_who_reads_a_message_of_somebody_else_can_not_edit_it(cast, client_for, message, who):
    assert edit(client_for(getattr(cast, who)), message).status_code == 403
    message.refresh_from_db()
    assert message.body == "The test is on Monday"


def test_what_was_deleted_meanwhile_is_not_edited_any_more(cast, client_for, message):
    delete_message(cast.staff, message)
    answer = edit(client_for(cast.teacher), message)
    assert answer.status_code == 403
    assert "deleted meanwhile" in answer.content.decode()


def test_in_a_closed_conversation_only_who_still_writes_there_changes_anything(cast, client_for, thread):
    own = send_message(cast.amina_user, thread, "hello", Audience.EVERYONE)
    set_locked(cast.staff, thread, True)
    client = client_for(cast.amina_user)
    deletions = [client.delete(place, headers=HTMX) for place in (url(own), url(own, "sending"))]
    for answer in (edit(client, own), *deletions):
        assert answer.status_code == 403
        assert "closed" in answer.content.decode()
    assert client_for(cast.staff).delete(url(own), headers=HTMX).status_code == 200


@pytest.mark.parametrize(("who", "status"), [("teacher", 200), ("staff2", 200), ("admin", 200), ("amina_user", 403)])
def test_the_author_and_staff_delete(cast, client_for, message, published, who, status):
    with published():
        answer = client_for(getattr(cast, who)).delete(url(message), headers=HTMX)
    assert answer.status_code == status
    message.refresh_from_db()
    assert bool(message.deleted) == (status == 200)
    assert AuditEntry.objects.filter(verb="message.deleted").count() == (status == 200)
    if status == 200:
        [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
        assert "This message was deleted." in event
        assert "Monday" not in event


def test_deleting_twice_is_deleting_once(cast, client_for, message):
    client = client_for(cast.teacher)
    assert [client.delete(url(message), headers=HTMX).status_code for _ in range(2)] == [200, 200]
    assert AuditEntry.objects.filter(verb="message.deleted").count() == 1


def test_undoing_leaves_neither_words_nor_name_on_any_page(cast, client_for, message, published):
    with published():
        answer = client_for(cast.teacher).delete(url(message, "sending"), headers=HTMX)
    assert answer.status_code == 200
    [event] = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
    page = client_for(cast.amina_user).get(reverse("dashboard:home")).content.decode()
    for html in (event, page, answer.content.decode()):
        article = html[html.index(f'id="message-{message.pk}"') :].split("</article>")[0]
        assert "data-retracted" in article
        assert "hidden" in article
        for trace in ("Monday", "Tariq", "deleted."):
            assert trace not in article
    assert AuditEntry.objects.filter(verb="message.retracted").count() == 1


def test_what_tells_elsewhere_of_a_message_that_was_taken_back_is_told_so(cast, client_for, thread, published):
    send_message(cast.staff, thread, "I read along", Audience.EVERYONE)
    with published():
        message = send_message(cast.teacher, thread, "Too soon", Audience.EVERYONE)
    concerned = {f"user-{user.pk}" for user in (cast.staff, cast.amina_user)}
    assert published.toasts.keys() == published.bells.keys() == concerned
    published.clear()
    with published():
        client_for(cast.teacher).delete(url(message, "sending"), headers=HTMX)
    told = {channel for channel, event in published if "message-gone" in event and f'"key":{message.key}' in event}
    assert f"user-{cast.staff.pk}" in told
    assert f"user-{cast.amina_user.pk}" in told
    assert f"user-{cast.teacher.pk}" not in told
    assert f"user-{cast.staff2.pk}" not in told
    assert published.toasts == {}
    assert published.bells.keys() == concerned, "it is counted no more"


def test_the_student_is_told_nothing_of_a_staff_message_that_was_taken_back(cast, client_for, thread, published):
    with published():
        secret = send_message(cast.teacher, thread, "secret", Audience.STAFF)
        client_for(cast.teacher).delete(url(secret, "sending"), headers=HTMX)
    channels = {channel for channel, _ in published}
    assert f"student-{cast.amina.pk}-staff" in channels
    assert not {f"student-{cast.amina.pk}", f"user-{cast.amina_user.pk}"} & channels


def test_undoing_is_over_after_some_seconds(cast, client_for, message):
    age(message, seconds=20)
    answer = client_for(cast.teacher).delete(url(message, "sending"), headers=HTMX)
    assert answer.status_code == 403
    assert "too late" in answer.content.decode()
    message.refresh_from_db()
    assert message.deleted is None


@pytest.mark.parametrize("who", ["staff", "admin", "amina_user"])
def test_nobody_takes_back_what_somebody_else_sent(cast, client_for, message, who):
    assert client_for(getattr(cast, who)).delete(url(message, "sending"), headers=HTMX).status_code == 403
    message.refresh_from_db()
    assert message.deleted is None


def test_a_quote_follows_what_it_quotes(cast, client_for, thread, message, published):
    reply = send_message(cast.amina_user, thread, "Thanks", Audience.EVERYONE, reply_to=message)
    for change, shown in (
        (lambda: edit(client_for(cast.teacher), message), "Tuesday"),
        (lambda: client_for(cast.staff).delete(url(message), headers=HTMX), "This message was deleted."),
    ):
        published.clear()
        with published():
            change()
        events = [event for channel, event in published if channel == f"student-{cast.amina.pk}"]
        [event] = [event for event in events if f'id="message-{reply.pk}"' in event]
        assert shown in event


def test_the_quote_of_what_was_taken_back_says_neither_who_nor_what(cast, client_for, thread, message):
    reply = send_message(cast.amina_user, thread, "Thanks", Audience.EVERYONE, reply_to=message)
    retract_message(cast.teacher, message)
    html = client_for(cast.amina_user).get(reverse("dashboard:home")).content.decode()
    article = html[html.index(f'id="message-{reply.pk}"') :].split("</article>")[0]
    assert "taken back" in article
    assert "Tariq" not in article
    assert "Monday" not in article
    assert "data-goto" not in article


def pins(client, thread) -> str:
    answer = client.get(reverse("conversations:pin_list", args=[thread.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_pinned_stands_above_the_thread_the_last_one_first(cast, client_for, thread, message, published):
    client = client_for(cast.teacher)
    second = send_message(cast.staff, thread, "Bring a ruler", Audience.EVERYONE)
    with published():
        assert client.post(url(message, "pin"), headers=HTMX).status_code == 200
        assert client.post(url(second, "pin"), headers=HTMX).status_code == 200
    assert all("data-pinned" in event for channel, event in published if channel.startswith("student-"))
    html = pins(client, thread)
    assert html.index("Bring a ruler") < html.index("The test is on Monday")
    page = client_for(cast.amina_user).get(reverse("dashboard:home")).content.decode()
    assert f'data-pin="{message.pk}"' in page
    assert "data-unpin" in html
    assert "data-unpin" not in page
    assert client.delete(url(second, "pin"), headers=HTMX).status_code == 200
    assert "Bring a ruler" not in pins(client, thread)


def test_a_student_gets_no_pinned_staff_message(cast, client_for, thread):
    secret = send_message(cast.staff, thread, "secret", Audience.STAFF)
    pin_message(cast.staff, secret)
    assert "secret" in pins(client_for(cast.teacher), thread)
    assert "secret" not in pins(client_for(cast.amina_user), thread)
    assert "secret" not in client_for(cast.amina_user).get(reverse("dashboard:home")).content.decode()


def test_a_student_pins_nothing_in_the_thread_about_them(cast, client_for, message):
    client = client_for(cast.amina_user)
    assert client.post(url(message, "pin"), headers=HTMX).status_code == 403
    pin_message(cast.teacher, message)
    assert client.delete(url(message, "pin"), headers=HTMX).status_code == 403
    message.refresh_from_db()
    assert message.pinned


def test_pinning_twice_keeps_the_place_and_a_deleted_message_is_unpinned(cast, client_for, thread, message, published):
    client = client_for(cast.staff)
    first = client.post(url(message, "pin"), headers=HTMX)
    message.refresh_from_db()
    when = message.pinned
    with published():
        again = client.post(url(message, "pin"), headers=HTMX)
    message.refresh_from_db()
    assert (first.status_code, again.status_code, message.pinned) == (200, 200, when)
    assert published == []
    delete_message(cast.staff, message)
    assert "data-pin=" not in pins(client, thread)
    assert client.post(url(message, "pin"), headers=HTMX).status_code == 403


def test_there_is_room_for_so_many_pins(cast, client_for, thread, message):
    for number in range(MAX_PINS):
        pin_message(cast.staff, send_message(cast.staff, thread, f"{number}", Audience.EVERYONE))
    answer = client_for(cast.staff).post(url(message, "pin"), headers=HTMX)
    assert answer.status_code == 422
    assert str(MAX_PINS) in answer.content.decode()


def test_pins_take_the_same_queries_however_many_there_are(cast, client_for, thread):
    client = client_for(cast.staff)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            pins(client, thread)
        return len(queries)

    count()
    none = count()
    for number in range(10):
        pin_message(cast.staff, send_message(cast.staff, thread, f"{number}", Audience.EVERYONE))
    assert count() == none <= 8


def test_a_page_is_told_what_to_offer(cast, client_for, thread, message):
    foot = reverse("conversations:foot", args=[thread.pk])

    def offered(user) -> str:
        return client_for(user).get(foot).content.decode().split('data-rights="')[1].split('"')[0]

    assert offered(cast.admin) == "post pin edit-any delete-any"
    assert offered(cast.staff) == "post pin delete-any"
    assert offered(cast.teacher) == "post pin"
    assert offered(cast.amina_user) == "post"
    set_locked(cast.staff, thread, True)
    assert offered(cast.amina_user) == ""
