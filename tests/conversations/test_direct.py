"""Direct conversations: who may begin one, who reads it, how it is closed."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.conversations import direct
from apps.conversations.actions import open_direct, send_message, set_locked
from apps.conversations.history import Line, add_history
from apps.conversations.models import Conversation, Pair, Participant
from apps.courses.models import Enrollment

STAFF = {"admin", "staff", "staff2"}
CAST = ["admin", "staff", "staff2", "teacher", "teacher2", "amina_user", "bruno_user", "chloe_user", "outsider"]
# Beside admins and staff, who write to everybody and to whom everybody writes.
OTHERS = {
    "teacher": {"amina_user", "bruno_user"},
    "teacher2": {"chloe_user"},
    "amina_user": {"teacher"},
    "bruno_user": {"teacher"},
    "chloe_user": {"teacher2"},
    "outsider": set(),
}


@pytest.mark.parametrize("who", CAST)
def test_people_write_to_whom_they_may_and_to_nobody_else(cast, who):
    names = {getattr(cast, name).pk: name for name in CAST}
    found = {names[user.pk] for user in direct.contacts(getattr(cast, who))}
    assert found == (set(CAST) - {who} if who in STAFF else STAFF | OTHERS[who])


def test_the_rule_is_the_same_from_both_sides(cast):
    pairs = {(user, other.pk) for user in CAST for other in direct.contacts(getattr(cast, user))}
    ids = {name: getattr(cast, name).pk for name in CAST}
    names = {pk: name for name, pk in ids.items()}
    assert all((names[other], ids[user]) in pairs for user, other in pairs)


def test_two_people_have_one_conversation_whoever_begins(cast):
    first = open_direct(cast.teacher, cast.amina_user)
    assert open_direct(cast.amina_user, cast.teacher) == first
    assert Pair.objects.count() == 1
    assert Participant.objects.filter(conversation=first).count() == 2


@pytest.mark.parametrize(
    ("who", "whom"), [("amina_user", "bruno_user"), ("teacher", "chloe_user"), ("teacher", "teacher2")]
)
def test_who_may_not_talk_gets_no_conversation(cast, client_for, who, whom):
    with pytest.raises(PermissionDenied):
        open_direct(getattr(cast, who), getattr(cast, whom))
    answer = client_for(getattr(cast, who)).post("/messages/", {"user": getattr(cast, whom).pk})
    assert answer.status_code == 404
    assert not Pair.objects.exists()


@pytest.mark.parametrize("user", ["", "x", "0", "99999999", "9" * 30, "٣", "-1"])
def test_a_person_who_is_not_there_is_not_found(cast, client_for, user):
    assert client_for(cast.staff).post("/messages/", {"user": user}).status_code == 404


def test_nobody_writes_to_themselves(cast, client_for):
    assert client_for(cast.staff).post("/messages/", {"user": cast.staff.pk}).status_code == 404


def test_only_the_two_read_it_whatever_their_role(cast, client_for, published):
    talk = open_direct(cast.teacher, cast.amina_user)
    with published():
        message = send_message(cast.teacher, talk, "between us")
    for name in CAST:
        expected = 200 if name in {"teacher", "amina_user"} else 404
        client = client_for(getattr(cast, name))
        for path in ("", f"?at={message.pk}", "messages/", "foot/"):
            assert client.get(f"/conversations/{talk.pk}/{path}").status_code == expected, (name, path)
        assert ("between us" in client.get("/messages/").content.decode()) == (expected == 200)
    channels = {channel for channel, _ in published}
    assert channels == {f"conversation-{talk.pk}", f"user-{cast.amina_user.pk}"}
    [toast] = published.toasts[f"user-{cast.amina_user.pk}"]
    assert "Tariq Teacher" in toast
    assert "between us" in toast
    assert published.bells == {f"user-{cast.amina_user.pk}": [f"conversation-{talk.pk}"]}


def test_a_teacher_who_no_longer_teaches_the_student_reads_but_does_not_write(cast, client_for):
    talk = open_direct(cast.teacher, cast.amina_user)
    send_message(cast.teacher, talk, "while in the batch")
    Enrollment.objects.filter(student=cast.amina).update(is_active=False)
    client = client_for(cast.teacher)
    page = client.get(f"/conversations/{talk.pk}/").content.decode()
    assert "while in the batch" in page
    assert "no longer write" in page
    answer = client.post(f"/conversations/{talk.pk}/messages/", {"body": "still here?"}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 403
    assert open_direct(cast.teacher, cast.amina_user) == talk


def test_a_locked_conversation_is_read_only_for_all_but_staff(cast, client_for, published):
    talk = open_direct(cast.staff, cast.amina_user)
    with published():
        set_locked(cast.staff, talk, True)
    assert published == [(f"conversation-{talk.pk}", f"event: foot-{talk.pk}\ndata: \n\n")]
    student, staff = client_for(cast.amina_user), client_for(cast.staff)
    url = f"/conversations/{talk.pk}/messages/"
    assert student.post(url, {"body": "hello?"}).status_code == 403
    assert staff.post(url, {"body": "closed"}, HTTP_HX_REQUEST="true").status_code == 201
    assert "composer" not in student.get(f"/conversations/{talk.pk}/foot/").content.decode()
    assert student.get(f"{url}?after=0").headers["Homeroom-Locked"] == "true"
    set_locked(cast.staff, talk, False)
    assert student.post(url, {"body": "hello again"}, HTTP_HX_REQUEST="true").status_code == 201
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["conversation.unlocked", "conversation.locked"]


def test_only_staff_close_a_conversation_and_only_one_that_they_see(cast, client_for):
    talk = open_direct(cast.teacher, cast.amina_user)
    thread = cast.amina.conversation
    for name, conversation, status in [
        ("teacher", talk, 404),
        ("amina_user", talk, 404),
        ("admin", talk, 404),
        ("teacher", thread, 404),
        ("amina_user", thread, 404),
        ("staff", thread, 204),
    ]:
        client = client_for(getattr(cast, name))
        answer = client.post(f"/conversations/{conversation.pk}/lock/", HTTP_HX_REQUEST="true")
        assert answer.status_code == status, name
    assert client_for(cast.staff).delete(f"/conversations/{thread.pk}/lock/").status_code == 302
    assert client_for(cast.staff).get(f"/conversations/{thread.pk}/lock/").status_code == 405


def test_the_list_shows_whom_one_talked_with_newest_first_and_finds_by_name(cast, client_for):
    for other in (cast.amina_user, cast.bruno_user, cast.teacher):
        send_message(other, open_direct(cast.staff, other), f"from {other.given_name}")
    open_direct(cast.staff, cast.chloe_user)
    client = client_for(cast.staff)
    rows = lambda query="": re.findall(r'data-talk="(\d+)"', client.get(f"/messages/{query}").content.decode())  # noqa: E731
    ids = [str(open_direct(cast.staff, other).pk) for other in (cast.teacher, cast.bruno_user, cast.amina_user)]
    assert rows() == ids
    assert rows("?q=BRU cos") == [ids[1]]
    assert rows("?q=Sam") == [], "one's own name is in all of them"
    assert rows("?page=99") == ids


def test_the_list_takes_the_same_queries_for_two_and_for_thirty(cast, client_for):
    from apps.accounts.models import Role, User

    def more(count):
        for number in range(count):
            other = User.objects.create(email=f"p{count}-{number}@x.test", given_name="P", role=Role.TEACHER)
            send_message(other, open_direct(cast.staff, other), "hello")

    client, counts = client_for(cast.staff), []
    for count in (2, 28):
        more(count)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/messages/")
        assert page.status_code == 200
        counts.append(len(queries))
    assert page.content.count(b"data-talk=") == 30
    assert counts[0] == counts[1] <= 8


def test_the_people_one_may_write_to_are_found_by_name(cast, client_for):
    page = client_for(cast.amina_user).get("/messages/people/?q=t").content.decode()
    assert "Tariq Teacher" in page
    assert "Tessa" not in page
    assert "Nobody of that name" in client_for(cast.amina_user).get("/messages/people/?q=Bruno").content.decode()


def test_a_thread_opens_around_a_message_and_is_paged_both_ways(cast, client_for):
    thread: Conversation = cast.amina.conversation
    sent = [send_message(cast.staff, thread, f"n{number}.", "everyone") for number in range(160)]
    client = client_for(cast.staff)
    page = client.get(f"/conversations/{thread.pk}/?at={sent[80].pk}").content.decode()
    shown = [int(number) for number in re.findall(r">n(\d+)\.<", page)]
    assert shown == list(range(56, 106))
    newer = re.search(r'hx-get="([^"]+newer=[^"]+)"', page)
    rest = client.get(newer[1], HTTP_HX_REQUEST="true").content.decode()
    assert [int(number) for number in re.findall(r">n(\d+)\.<", rest)] == list(range(106, 156))
    last = client.get(re.search(r'hx-get="([^"]+newer=[^"]+)"', rest)[1], HTTP_HX_REQUEST="true").content.decode()
    assert [int(number) for number in re.findall(r">n(\d+)\.<", last)] == list(range(156, 160))
    assert "newer=" not in last
    assert "older" in page


def test_a_link_to_what_one_may_not_read_opens_the_thread_and_tells_nothing(cast, client_for):
    hidden = send_message(cast.staff, cast.amina.conversation, "among us")
    elsewhere = send_message(cast.staff, cast.chloe.conversation, "not hers", "everyone")
    client = client_for(cast.amina_user)
    plain = client.get(f"/conversations/{cast.amina.conversation_id}/")
    for message in (hidden, elsewhere):
        page = client.get(f"/conversations/{cast.amina.conversation_id}/?at={message.pk}")
        assert page.status_code == 200
        assert "among us" not in page.content.decode()
        assert page.content.count(b"<article") == plain.content.count(b"<article")
    for text in ("x", "", "9" * 30, "-1"):
        assert client.get(f"/conversations/{cast.amina.conversation_id}/?at={text}").status_code == 400


def test_what_was_said_last_stands_first_whenever_it_was_stored(cast, client_for):
    send_message(cast.amina_user, open_direct(cast.staff, cast.amina_user), "today")
    old = [Line(cast.teacher, "last year", timezone.now() - timedelta(days=365))]
    add_history(open_direct(cast.staff, cast.teacher), old)
    page = client_for(cast.staff).get("/messages/").content.decode()
    assert page.index("today") < page.index("last year")
