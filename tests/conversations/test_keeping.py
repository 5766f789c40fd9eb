"""Hearing nothing of a conversation for a while, and giving it to somebody to see to."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts import parts
from apps.accounts.models import AuditEntry, User
from apps.conversations.actions import assign, mute, open_direct, send_message
from apps.conversations.models import FOREVER, Conversation, Participant
from apps.courses.actions import remove_student
from apps.notifications.models import Notification
from apps.realtime.channels import can_read
from tests.conversations.test_leaks import FLEETING

HTMX = {"HX-Request": "true"}
# More digits than an id has, and what is none.
NO_PERSON = ["x", "-1", "0", "1.5", "9" * 30, "٣"]


@pytest.fixture
def thread(cast) -> Conversation:
    return cast.amina.conversation


class Clock:
    def __init__(self) -> None:
        self.now = timezone.now()

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


def mute_url(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/mute/"


def assignment_url(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/assignment/"


def until(user: User, conversation: Conversation):
    return Participant.objects.get(user=user, conversation=conversation).muted_until


def of(*users: User) -> set[str]:
    return {f"user-{user.pk}" for user in users}


# Muting


@pytest.fixture
def told(cast, thread, published):
    """Who is told when Sam writes; by toasts and by bells the same."""

    def write(body: str = "Hello", conversation: Conversation = thread) -> set[str]:
        published.clear()
        with published():
            send_message(cast.staff, conversation, body, "everyone")
        assert published.toasts.keys() == published.bells.keys()
        return set(published.toasts)

    return write


@pytest.mark.parametrize(
    ("span", "length"), [("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("always", None), ("off", None)]
)
def test_who_mutes_hears_nothing_for_as_long_as_they_chose(cast, client_for, thread, clock, told, span, length):
    answer = client_for(cast.teacher).post(mute_url(thread), {"span": span}, headers=HTMX)
    assert answer.status_code == 200
    expected = {"always": FOREVER, "off": None}.get(span, length and clock.now + length)
    assert until(cast.teacher, thread) == expected
    assert told() == of(cast.amina_user) | (of(cast.teacher) if span == "off" else set())


def test_the_answer_says_so_and_offers_the_other_and_without_javascript_one_is_back(cast, client_for, thread):
    client = client_for(cast.teacher)
    muted = client.post(mute_url(thread), {"span": "always"}, headers=HTMX).content.decode()
    assert 'aria-label="Muted.' in muted
    assert 'value="off"' in muted
    assert 'value="hour"' not in muted
    assert 'aria-label="Muted.' in client.get(f"/conversations/{thread.pk}/").content.decode()
    heard = client.post(mute_url(thread), {"span": "off"}, headers=HTMX).content.decode()
    assert "Muted" not in heard
    assert 'value="off"' not in heard
    assert all(f'value="{span}"' in heard for span in ("hour", "day", "always"))
    back = client.post(mute_url(thread), {"span": "hour"})
    assert (back.status_code, back.headers["Location"]) == (302, cast.amina.get_absolute_url())


@pytest.mark.parametrize(("span", "minutes"), [("hour", 60), ("day", 1440)])
def test_it_ends_by_itself(cast, client_for, thread, clock, told, span, minutes):
    mute(cast.teacher, thread, span)
    clock.forward(minutes=minutes - 1)
    assert of(cast.teacher).isdisjoint(told())
    clock.forward(minutes=1)
    assert of(cast.teacher) <= told()
    assert 'aria-label="Muted.' not in client_for(cast.teacher).get(f"/conversations/{thread.pk}/").content.decode()


def test_what_was_written_meanwhile_is_not_told_afterwards_but_counted_as_unread(cast, client_for, thread, clock, told):
    mute(cast.teacher, thread, "hour")
    told("while muted")
    clock.forward(hours=2)
    told("heard")
    heard = thread.messages.get(body="heard")
    assert [notice.thing for notice in Notification.objects.filter(recipient=cast.teacher)] == [heard.pk]
    badge = client_for(cast.teacher).get(f"/conversations/unread/?in={thread.pk}", headers=HTMX).content.decode()
    assert ">2<" in badge


def test_muting_again_begins_anew_and_turning_it_off_ends_it_at_once(cast, thread, clock, told):
    mute(cast.teacher, thread, "hour")
    clock.forward(minutes=30)
    assert mute(cast.teacher, thread, "hour") == clock.now + timedelta(hours=1)
    mute(cast.teacher, thread, "always")
    clock.forward(days=20_000)
    assert of(cast.teacher).isdisjoint(told())
    assert mute(cast.teacher, thread, "off") is None
    assert of(cast.teacher) <= told()


@pytest.mark.parametrize("span", ["", "week", "Hour", "0", "<b>"])
def test_another_span_is_refused_with_a_reason_and_changes_nothing(cast, client_for, thread, span):
    mute(cast.teacher, thread, "always")
    client = client_for(cast.teacher)
    for headers in ({}, HTMX):
        answer = client.post(mute_url(thread), {"span": span}, headers=headers)
        assert (answer.status_code, "Choose an hour" in answer.content.decode()) == (400, True)
        assert client.post(mute_url(thread), headers=headers).status_code == 400
    with pytest.raises(ValidationError):
        mute(cast.teacher, thread, span)
    assert until(cast.teacher, thread) == FOREVER
    assert client.get(mute_url(thread)).status_code == 405


def test_a_mention_comes_all_the_same(cast, thread, told, published):
    for user in (cast.teacher, cast.staff2):
        mute(user, thread, "always")
    assert of(cast.teacher, cast.staff2).isdisjoint(told())
    assert of(cast.teacher, cast.staff2) <= told("@Tariq Teacher and @Sofia Second, look")
    for user in (cast.teacher, cast.staff2):
        [toast] = published.toasts[f"user-{user.pk}"]
        assert "mentioned you" in toast


def test_it_holds_for_that_person_and_that_conversation_alone(cast, thread, told):
    everyone = of(cast.teacher, cast.amina_user)
    assert told() == everyone
    mute(cast.teacher, thread, "always")
    assert told() == of(cast.amina_user)
    assert told(conversation=cast.bruno.conversation) == of(cast.teacher, cast.bruno_user)
    talk = open_direct(cast.staff, cast.teacher)
    assert told(conversation=talk) == of(cast.teacher)
    mute(cast.teacher, talk, "hour")
    assert told(conversation=talk) == set()
    mute(cast.teacher, thread, "off")
    assert told() == everyone


def test_staff_who_only_look_take_no_part_by_muting(cast, thread, told):
    mute(cast.staff2, thread, "hour")
    mute(cast.staff2, thread, "off")
    assert of(cast.staff2).isdisjoint(told())
    send_message(cast.staff2, thread, "Now I do")
    assert of(cast.staff2) <= told()


@pytest.mark.parametrize("who", ["outsider", "bruno_user", "teacher2"])
def test_what_one_does_not_see_is_not_there_to_be_muted(cast, client_for, thread, who):
    user = getattr(cast, who)
    for span in ("hour", "nonsense"):
        for headers in ({}, HTMX):
            assert client_for(user).post(mute_url(thread), {"span": span}, headers=headers).status_code == 404
    talk = open_direct(cast.staff, cast.teacher)
    assert client_for(cast.admin).post(mute_url(talk), {"span": "hour"}).status_code == 404
    assert client_for(None).post(mute_url(thread), {"span": "hour"}, headers=HTMX).status_code == 401
    with pytest.raises(PermissionDenied):
        mute(user, thread, "hour")
    assert not Participant.objects.filter(conversation=thread, user=user).exists()


def test_an_admin_who_looks_as_somebody_mutes_nothing_of_theirs(cast, thread):
    cast.amina_user.looked_as = True
    with pytest.raises(PermissionDenied):
        mute(cast.amina_user, thread, "always")
    assert not Participant.objects.exists()


# Giving it to somebody


def options(html: str) -> set[str]:
    return set(re.findall(r"<option[^>]*>([^<]+)</option>", html))


@pytest.mark.parametrize(
    ("who", "may"),
    [("admin", True), ("staff", True), ("teacher", False), ("teacher2", False), ("amina_user", False)],
)
def test_admins_and_staff_give_a_conversation_to_somebody(cast, client_for, thread, who, may):
    actor, client = getattr(cast, who), client_for(getattr(cast, who))
    for headers in ({}, HTMX):
        assert client.get(assignment_url(thread), headers=headers).status_code == (200 if may else 404)
        assert client.get(f"{assignment_url(thread)}?part=whose", headers=headers).status_code == (200 if may else 404)
    answer = client.post(assignment_url(thread), {"user": cast.staff2.pk}, headers=HTMX)
    assert answer.status_code == (200 if may else 404)
    thread.refresh_from_db()
    assert thread.assignee == (cast.staff2 if may else None)
    assert AuditEntry.objects.filter(verb="conversation.assigned", actor=actor).count() == may
    if not may:
        with pytest.raises(PermissionDenied):
            assign(actor, thread, cast.staff2)


def test_without_javascript_the_choice_leads_back_to_the_student(cast, client_for, thread):
    answer = client_for(cast.staff).post(assignment_url(thread), {"user": cast.teacher.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, cast.amina.get_absolute_url())
    assert client_for(cast.staff).delete(assignment_url(thread)).status_code == 405


def test_those_who_read_all_of_it_are_offered(cast, client_for, thread):
    User.objects.filter(pk=cast.staff2.pk).update(is_active=False)
    html = client_for(cast.staff).get(assignment_url(thread), headers=HTMX).content.decode()
    assert options(html) == {"No one", "Ada Admin", "Sam Staff", "Tariq Teacher"}


@pytest.mark.parametrize("who", ["amina_user", "bruno_user", "teacher2", "outsider"])
def test_nobody_else_is_given_it(cast, client_for, thread, who, published):
    user = getattr(cast, who)
    with published():
        answer = client_for(cast.staff).post(assignment_url(thread), {"user": user.pk}, headers=HTMX)
        with pytest.raises(ValidationError):
            assign(cast.staff, thread, user)
    assert (answer.status_code, "Choose somebody who reads" in answer.content.decode()) == (422, True)
    thread.refresh_from_db()
    assert thread.assignee is None
    assert not AuditEntry.objects.filter(verb="conversation.assigned").exists()
    assert published == []


def test_who_was_deactivated_or_teaches_the_student_no_more_is_given_nothing(cast, thread):
    User.objects.filter(pk=cast.staff2.pk).update(is_active=False)
    remove_student(cast.staff, cast.batch, cast.amina)
    for user in (cast.staff2, cast.teacher):
        with pytest.raises(ValidationError):
            assign(cast.staff, thread, user)


@pytest.mark.parametrize("typed", NO_PERSON)
def test_what_is_no_person_is_refused_and_what_was_chosen_before_stays(cast, client_for, thread, typed):
    assign(cast.staff, thread, cast.teacher)
    answer = client_for(cast.staff).post(assignment_url(thread), {"user": typed}, headers=HTMX)
    assert (answer.status_code, "Choose somebody" in answer.content.decode()) == (422, True)
    assert f'value="{cast.teacher.pk}" selected' in answer.content.decode()
    thread.refresh_from_db()
    assert thread.assignee == cast.teacher


def test_what_two_people_write_to_each_other_is_given_to_nobody(cast, client_for):
    talk = open_direct(cast.staff, cast.teacher)
    for who in (cast.staff, cast.teacher, cast.admin):
        assert client_for(who).get(assignment_url(talk)).status_code == 404
        assert client_for(who).post(assignment_url(talk), {"user": cast.teacher.pk}).status_code == 404
    with pytest.raises(PermissionDenied):
        assign(cast.staff, talk, cast.teacher)


def test_who_is_given_it_is_told_once_and_nobody_else(cast, client_for, thread, published):
    client = client_for(cast.staff)
    for _ in range(2):
        with published():
            assert client.post(assignment_url(thread), {"user": cast.teacher.pk}, headers=HTMX).status_code == 200
    [(channel, [toast])] = published.toasts.items()
    assert channel == f"user-{cast.teacher.pk}"
    assert "Sam Staff" in toast
    assert "assigned you the conversation" in toast
    assert "Amina Diallo" in toast
    assert published.bells == {channel: [f"conversation-{thread.pk}"]}
    [notice] = Notification.objects.all()
    assert (notice.kind, notice.recipient, notice.actor) == ("assigned", cast.teacher, cast.staff)
    assert AuditEntry.objects.filter(verb="conversation.assigned").count() == 1


def test_given_away_and_back_it_is_told_again(cast, thread, published):
    for user in (cast.teacher, cast.staff2, cast.teacher):
        with published():
            assign(cast.staff, thread, user)
    assert {channel: len(toasts) for channel, toasts in published.toasts.items()} == {
        f"user-{cast.teacher.pk}": 2,
        f"user-{cast.staff2.pk}": 1,
    }


def test_who_takes_it_or_gives_it_to_nobody_tells_nobody(cast, client_for, thread, published):
    with published():
        assign(cast.staff, thread, cast.staff)
        client_for(cast.staff).post(assignment_url(thread), {"user": ""}, headers=HTMX)
    assert (published.toasts, published.bells) == ({}, {})
    thread.refresh_from_db()
    assert thread.assignee is None
    assert not Notification.objects.exists()


def test_a_refused_choice_tells_nobody(cast, thread, published):
    with published(), pytest.raises(PermissionDenied):
        assign(cast.teacher, thread, cast.staff)
    assert published == []


def test_the_staffs_pages_are_told_whose_it_is_and_the_students_not(cast, client_for, thread, published):
    with published():
        assign(cast.staff, thread, cast.teacher)
        assign(cast.staff, thread, None)
    live = [channel for channel, text in published if text.startswith(f"event: assigned-{thread.pk}\n")]
    assert live == [f"student-{cast.amina.pk}-staff"] * 2
    for channel, _ in published:
        assert not can_read(cast.amina_user, channel), channel
    assign(cast.staff, thread, cast.teacher)
    part = f"{assignment_url(thread)}?part=whose"
    shown = client_for(cast.staff).get(part, headers=HTMX).content.decode()
    assert "Tariq Teacher" in shown
    assert f"assigned-{thread.pk} from:body" in shown


def test_a_student_sees_on_no_page_whose_it_is(cast, client_for, thread):
    pages = ("/", f"/conversations/{thread.pk}/", f"/conversations/{thread.pk}/messages/", "/messages/")

    client = client_for(cast.amina_user)

    def look() -> list[str]:
        return [FLEETING.sub("", client.get(page).content.decode()) for page in pages]

    before = look()
    assign(cast.admin, thread, cast.staff2)
    assert look() == before
    assert "Sofia Second" not in "".join(before)
    assert "assign" not in "".join(before)
    assert "Sofia Second" in client_for(cast.staff).get(f"/conversations/{thread.pk}/").content.decode()


def test_it_is_handed_over_when_they_go(cast, thread):
    def work(user: User) -> list[str]:
        return [work.title for work in parts.open_work(user) if work.kind == "Conversation"]

    assert work(cast.staff2) == []
    assign(cast.staff, thread, cast.staff2)
    assign(cast.staff, cast.chloe.conversation, cast.staff2)
    assert work(cast.staff2) == ["Amina Diallo", "Chloe Martin"]
    assert work(cast.staff) == []
    [one, _] = [work for work in parts.open_work(cast.staff2) if work.kind == "Conversation"]
    assert one.url == f"/conversations/{thread.pk}/"
    assign(cast.staff, thread, cast.teacher)
    assert work(cast.staff2) == ["Chloe Martin"]
    assert work(cast.teacher) == ["Amina Diallo"]
    remove_student(cast.staff, cast.batch, cast.amina)
    assert work(cast.teacher) == [], "what they don't see any more isn't theirs to hand over"


def test_choosing_takes_as_many_questions_for_three_people_as_for_fifty(
    cast, client_for, thread, django_assert_max_num_queries
):
    client = client_for(cast.staff)
    for number in range(50):
        User.objects.create(email=f"{number}@homeroom.test", given_name=f"Guest{number}", role="staff")
    with django_assert_max_num_queries(15):
        html = client.get(assignment_url(thread), headers=HTMX).content.decode()
    assert len(options(html)) == 55
    with django_assert_max_num_queries(15):
        client.post(assignment_url(thread), {"user": cast.teacher.pk}, headers=HTMX)
