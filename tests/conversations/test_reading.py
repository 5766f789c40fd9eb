"""How far people have read, who learns of it, who is here, who types."""

import json
import re
from datetime import timedelta

import limits as rates
import pytest
from django.core.cache import cache
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import reading
from apps.conversations.actions import mark_read, send_message
from apps.conversations.models import Conversation, Participant
from apps.realtime import presence
from apps.students.models import Student


@pytest.fixture(autouse=True)
def _fresh(db, monkeypatch):
    """No pause between pushes, and nobody anywhere yet."""
    monkeypatch.setattr(reading._pushes, "seconds", 0)
    presence.presence.cache_clear()
    cache.clear()


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


def position(client, thread, **data):
    return client.post(f"/conversations/{thread.pk}/position/", {"page": "p1", **data})


def watermark(user: User, thread: Conversation) -> tuple[int, int]:
    return Participant.objects.values_list("last_read", "delivered").get(user=user, conversation=thread)


def fragments(published, channel: str) -> list[str]:
    return [text for name, text in published if name == channel and "thread-positions" in text]


def marked(text: str) -> dict[int, tuple[int, int]]:
    found = re.findall(r'data-person="(\d+)" data-side="\w+" data-read="(\d+)" data-delivered="(\d+)"', text)
    return {int(person): (int(read), int(delivered)) for person, read, delivered in found}


# --- the watermark


def test_a_watermark_goes_forward_and_never_back(cast, client_for, thread):
    first, second = (send_message(cast.staff, thread, text, "everyone") for text in ("one", "two"))
    client = client_for(cast.amina_user)
    position(client, thread, read=second.key, delivered=second.key)
    position(client, thread, read=first.key, delivered=first.key)
    assert watermark(cast.amina_user, thread) == (second.key, second.key)


def test_what_is_read_was_delivered_and_the_rest_was_delivered_alone(cast, client_for, thread):
    first, second = (send_message(cast.staff, thread, text, "everyone") for text in ("one", "two"))
    position(client_for(cast.amina_user), thread, read=first.key, delivered=second.key)
    assert watermark(cast.amina_user, thread) == (first.key, second.key)
    position(client_for(cast.teacher), thread, read=second.key)
    assert watermark(cast.teacher, thread) == (second.key, second.key)


def test_nobody_has_read_what_is_not_there_or_not_theirs(cast, client_for, thread):
    shown = send_message(cast.staff, thread, "open", "everyone")
    hidden = send_message(cast.staff, thread, "between us", "staff")
    for key in (hidden.key, hidden.key + 10**9, 2**63 - 1):
        position(client_for(cast.amina_user), thread, read=key, delivered=key)
        assert watermark(cast.amina_user, thread) == (shown.key, shown.key)


@pytest.mark.parametrize("bad", [{"read": "x"}, {"read": -1}, {"read": 2**63}, {"page": "<b>"}, {"page": "a" * 17}])
def test_what_is_no_position_is_refused(cast, client_for, thread, bad):
    assert position(client_for(cast.staff), thread, **bad).status_code == 400


@pytest.mark.parametrize("who", ["outsider", "bruno_user", "teacher2"])
def test_who_may_not_see_a_thread_leaves_no_trace_in_it(cast, client_for, thread, who, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    client = client_for(getattr(cast, who))
    published.clear()
    with published():
        assert position(client, thread, read=message.key).status_code == 404
        assert client.post(f"/conversations/{thread.pk}/typing/").status_code == 404
    assert published == []
    assert not Participant.objects.filter(user=getattr(cast, who)).exists()


def test_staff_who_only_look_are_not_told_of_new_messages(cast, client_for, thread, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    position(client_for(cast.staff2), thread, read=message.key)
    with published():
        send_message(cast.staff, thread, "two", "everyone")
    for told in (published.toasts, published.bells):
        assert f"user-{cast.staff2.pk}" not in told
        assert f"user-{cast.amina_user.pk}" in told
    with published():
        send_message(cast.staff2, thread, "I am in", "everyone")
        send_message(cast.staff, thread, "three", "everyone")
    assert "three" in published.toasts[f"user-{cast.staff2.pk}"][0]
    assert published.bells[f"user-{cast.staff2.pk}"] == [f"conversation-{thread.pk}"]


def test_who_is_told_anyway_takes_part_by_reading(cast, client_for, thread):
    message = send_message(cast.staff, thread, "one", "everyone")
    for user in (cast.teacher, cast.amina_user):
        position(client_for(user), thread, read=message.key)
        assert Participant.objects.get(user=user, conversation=thread).follows


def test_reading_is_told_to_ones_other_pages(cast, client_for, thread, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    with published():
        position(client_for(cast.amina_user), thread, read=message.key)
    [said] = [text for channel, text in published if channel == f"user-{cast.amina_user.pk}"]
    assert "event: unread" in said
    assert json.loads(re.search("data: (.*)", said)[1]) == {"conversation": thread.pk}
    published.clear()
    with published():
        position(client_for(cast.amina_user), thread, read=message.key)
    assert published == []


# --- what others learn of it


def test_a_students_page_learns_nothing_of_what_staff_wrote_or_read(cast, client_for, thread, published):
    shown = send_message(cast.amina_user, thread, "hello")
    mark_read(cast.staff, thread, shown.key)
    hidden = send_message(cast.staff2, thread, "between us", "staff")
    published.clear()
    with published():
        position(client_for(cast.staff), thread, read=hidden.key, delivered=hidden.key)
    assert fragments(published, f"student-{cast.amina.pk}") == [], "the moment alone would tell"
    [pushed] = fragments(published, f"student-{cast.amina.pk}-staff")
    assert marked(pushed)[cast.staff.pk] == (hidden.key, hidden.key)
    page = client_for(cast.amina_user).get("/").content.decode()
    assert marked(page)[cast.staff.pk] == (shown.key, shown.key)
    assert str(hidden.key) not in page
    assert "positions-staff" not in page


def test_the_order_of_names_tells_a_student_nothing_either(cast, client_for, thread):
    shown = send_message(cast.amina_user, thread, "hello")
    hidden = send_message(cast.staff, thread, "between us", "staff")
    for reader, key in ((cast.admin, shown.key), (cast.staff2, hidden.key), (cast.teacher, shown.key)):
        mark_read(reader, thread, key)
    page = client_for(cast.amina_user).get("/").content.decode()
    people = [person for person in marked(page) if person != cast.amina_user.pk]
    assert people == sorted(people)


def test_a_pushed_mark_equals_that_of_a_fresh_page(cast, client_for, thread, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    with published():
        position(client_for(cast.amina_user), thread, read=message.key)
    [pushed] = fragments(published, f"student-{cast.amina.pk}")
    page = client_for(cast.staff).get(f"/students/{cast.amina.pk}/").content.decode()
    fragment = re.search(r'<ul class="thread-positions".*?</ul>', pushed)[0]
    assert fragment in page


def test_readings_are_hidden_both_ways_and_ones_own_unread_goes_on(cast, client_for, thread, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    User.objects.filter(pk=cast.amina_user.pk).update(hides_reading=True)
    with published():
        position(client_for(cast.amina_user), thread, read=message.key)
    assert fragments(published, f"student-{cast.amina.pk}") == []
    staffs = client_for(cast.staff).get(f"/students/{cast.amina.pk}/").content.decode()
    assert cast.amina_user.pk not in marked(staffs)
    assert marked(client_for(cast.amina_user).get("/").content.decode()) == {}
    assert watermark(cast.amina_user, thread)[0] == message.key


def test_what_is_pushed_of_a_crowd_has_a_limit(cast, thread, published):
    message = send_message(cast.staff, thread, "one", "everyone")
    crowd = [User(email=f"c{n}@homeroom.test", given_name=f"C{n}", role="staff") for n in range(reading.MAX_MARKS + 20)]
    for user in User.objects.bulk_create(crowd):
        Participant.objects.create(conversation=thread, user=user, last_read=message.key, delivered=message.key)
    with CaptureQueriesContext(connection) as queries:
        assert len(reading.marks(thread, "everyone").people) == reading.MAX_MARKS
    assert len(queries) == 1
    html = render_to_string(
        "conversations/_positions_push.html", {"conversation": thread, "marks": reading.marks(thread, "everyone")}
    )
    assert len(html) < 8_000


def test_a_page_that_missed_pushes_asks_for_the_marks(cast, client_for, thread):
    message = send_message(cast.staff, thread, "one", "everyone")
    position(client_for(cast.amina_user), thread, read=message.key)
    client = client_for(cast.staff)
    assert cast.amina_user.pk not in marked(position(client, thread).content.decode())
    answer = position(client, thread, marks="1").content.decode()
    assert marked(answer)[cast.amina_user.pk] == (message.key, message.key)
    User.objects.filter(pk=cast.staff.pk).update(hides_reading=True)
    assert marked(position(client, thread, marks="1").content.decode()) == {}
    students = position(client_for(cast.amina_user), thread, marks="1").content.decode()
    assert "positions-staff" not in students


# --- who is here


def test_who_else_is_here_is_answered(cast, client_for, thread, published):
    alone = position(client_for(cast.staff), thread)
    assert "here now" not in alone.content.decode().lower()
    with published():
        position(client_for(cast.amina_user), thread)
    assert (f"student-{cast.amina.pk}", "presence") in [
        (channel, re.search("event: (.*)", text)[1]) for channel, text in published if "event: " in text
    ]
    assert "<bdi>Amina</bdi> is here now" in position(client_for(cast.staff), thread).content.decode()
    assert "Sam Staff" in position(client_for(cast.amina_user), thread).content.decode()


def test_an_event_about_presence_names_nobody(cast, client_for, thread, published):
    with published():
        position(client_for(cast.staff), thread)
    [text] = [text for _, text in published if "event: presence" in text]
    assert json.loads(re.search("data: (.*)", text)[1]) == {"conversation": thread.pk}


def test_who_leaves_was_here_a_moment_ago(cast, client_for, thread):
    position(client_for(cast.amina_user), thread)
    assert position(client_for(cast.amina_user), thread, away="1").status_code == 204
    page = position(client_for(cast.staff), thread).content.decode()
    assert "is here now" not in page
    assert "was here" in page
    User.objects.filter(pk=cast.amina_user.pk).update(last_seen=timezone.now() - timedelta(minutes=10))
    assert "10\xa0minutes ago" in position(client_for(cast.staff), thread).content.decode()


def test_who_hides_presence_is_not_seen_and_sees_nobody(cast, client_for, thread, published):
    position(client_for(cast.staff), thread)
    User.objects.filter(pk=cast.amina_user.pk).update(hides_presence=True, last_seen=timezone.now())
    published.clear()
    with published():
        answer = position(client_for(cast.amina_user), thread)
        client_for(cast.amina_user).post(f"/conversations/{thread.pk}/typing/")
    assert answer.status_code == 204
    assert published == []
    seen = position(client_for(cast.staff), thread).content.decode()
    assert "Amina" not in seen


def test_who_hides_while_they_are_here_is_gone_at_the_next_look(cast, client_for, thread):
    position(client_for(cast.staff2), thread)
    assert "Sofia" in position(client_for(cast.staff), thread).content.decode()
    User.objects.filter(pk=cast.staff2.pk).update(hides_presence=True)
    assert "Sofia" not in position(client_for(cast.staff), thread).content.decode()


def test_who_lost_access_is_here_no_longer(cast, client_for, thread):
    position(client_for(cast.teacher), thread)
    assert "Tariq" in position(client_for(cast.staff), thread).content.decode()
    cast.amina.enrollments.update(is_active=False)
    assert "Tariq" not in position(client_for(cast.staff), thread).content.decode()


def test_being_seen_is_written_once_a_minute(cast, client_for, thread):
    client = client_for(cast.amina_user)
    position(client, thread)
    with CaptureQueriesContext(connection) as queries:
        position(client, thread)
    assert not [query for query in queries if "UPDATE" in query["sql"] and "accounts_user" in query["sql"]]
    assert User.objects.get(pk=cast.amina_user.pk).last_seen


def test_a_position_costs_the_same_whoever_is_here(cast, client_for, thread):
    message = send_message(cast.staff, thread, "one", "everyone")
    client = client_for(cast.staff)
    position(client, thread, read=message.key)
    with CaptureQueriesContext(connection) as alone:
        position(client, thread, read=message.key, delivered=message.key)
    for user in (cast.admin, cast.staff2, cast.teacher, cast.amina_user):
        position(client_for(user), thread, read=message.key)
    with CaptureQueriesContext(connection) as together:
        position(client, thread, read=message.key, delivered=message.key)
    assert len(together) == len(alone) <= 10


# --- typing


def typing(published, client, thread, **data):
    published.clear()
    with published():
        assert client.post(f"/conversations/{thread.pk}/typing/", data).status_code == 204
    return [(channel, json.loads(re.search("data: (.*)", text)[1])) for channel, text in published if "typing" in text]


def test_typing_is_told_to_those_for_whom_the_message_would_be(cast, client_for, thread, published):
    client = client_for(cast.staff)
    said = {"conversation": thread.pk, "user": cast.staff.pk, "name": "Sam", "age": 100}
    assert typing(published, client, thread, audience="everyone", age=100) == [(f"student-{cast.amina.pk}", said)]
    assert typing(published, client, thread, audience="staff", age=100) == [(f"student-{cast.amina.pk}-staff", said)]
    assert typing(published, client, thread)[0][0] == f"student-{cast.amina.pk}-staff"


def test_a_student_types_for_everyone_and_where_nothing_can_be_sent_nobody_types(cast, client_for, thread, published):
    client = client_for(cast.amina_user)
    assert [channel for channel, _ in typing(published, client, thread)] == [f"student-{cast.amina.pk}"]
    assert typing(published, client, thread, audience="staff") == []
    Conversation.objects.filter(pk=thread.pk).update(locked=True)
    assert typing(published, client, thread) == []


@pytest.mark.parametrize("bad", [{"age": "x"}, {"age": -1}, {"age": 10**9}, {"audience": "parents"}])
def test_what_is_no_typing_is_refused(cast, client_for, thread, bad):
    assert client_for(cast.staff).post(f"/conversations/{thread.pk}/typing/", bad).status_code == 400


def test_typing_has_a_limit(cast, client_for, thread, settings, one_window):
    settings.LIMITS = settings.LIMITS | {"typing": rates.parse("2/minute")}
    client = client_for(cast.staff2)
    answers = [client.post(f"/conversations/{thread.pk}/typing/").status_code for _ in range(3)]
    assert answers == [204, 204, 429]


# --- badges


def test_badges_tell_what_is_unread_of_what_one_may_see(cast, client_for, thread):
    message = send_message(cast.amina_user, thread, "one")
    mark_read(cast.teacher, thread, message.key - 1)
    Participant.objects.get_or_create(conversation=thread, user=cast.teacher)
    Participant.objects.create(conversation=cast.chloe.conversation, user=cast.teacher)
    send_message(cast.chloe_user, cast.chloe.conversation, "not the teacher's any more")
    page = client_for(cast.teacher).get(f"/conversations/unread/?in={thread.pk}&in={cast.chloe.conversation_id}")
    badges = dict(re.findall(r'data-unread="(\d+)" data-counted>([^<]*)<', page.content.decode()))
    assert badges == {str(thread.pk): "1", str(cast.chloe.conversation_id): ""}


@pytest.mark.parametrize("query", ["in=x", "in=-1", "&".join(["in=1"] * 201), "in=" + "9" * 30])
def test_what_is_no_list_of_conversations_is_refused(cast, client_for, query):
    assert client_for(cast.staff).get(f"/conversations/unread/?{query}").status_code == 400


def test_lists_show_badges_in_a_constant_number_of_queries(cast, client_for, thread):
    client = client_for(cast.staff)
    send_message(cast.staff, thread, "mine", "everyone")
    send_message(cast.amina_user, thread, "one")
    counts = []
    for turn in "XY":
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/students/").content.decode()
        counts.append(len(queries))
        assert f'data-unread="{thread.pk}" data-counted>1<' in page
        Student.objects.bulk_create(Student(code=f"{turn}{number}", given_name="X") for number in range(10))
    assert counts[0] == counts[1]


def test_eight_people_write_and_read_at_once_and_every_count_is_right(elsewhere):
    assert elsewhere("tests.conversations.reading_race") == ["settled"]
