"""Every line of the table of states, through the actions that bring it about; what each leaves, and who is told."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts.models import Role
from apps.conversations.actions import assign, delete_message, retract_message, send_message
from apps.conversations.models import MAX_BODY, Audience
from apps.notifications import notification_types
from apps.notifications.models import Event as Told
from apps.support import actions
from apps.support.actions.clock import CALL_AFTER
from apps.support.models import REOPENS_FOR, Priority, Ticket
from apps.support.states import TABLE, Event, Status
from tests import factories

LATER = datetime.timedelta(hours=2)


def now(ticket):
    """The ticket as the database has it."""
    return Ticket.objects.select_related("conversation__assignee", "person").get(pk=ticket.pk)


def answer(staff, ticket, text="Here it is."):
    return send_message(staff, now(ticket).conversation, text, Audience.EVERYONE)


def in_state(status, staff):
    """A ticket that came into this state the way people bring it there."""
    ticket = actions.ask(factories.user(Role.STUDENT), "Where is my invoice?").conversation.ticket
    if status == Status.OPEN:
        actions.take(staff, ticket)
    elif status == Status.WAITING:
        answer(staff, ticket)
    elif status == Status.SNOOZED:
        actions.snooze(staff, ticket, timezone.now() + LATER)
    elif status == Status.CLOSED:
        actions.close(staff, ticket)
    assert now(ticket).status == status
    return now(ticket)


def withdraw(staff, ticket):
    retract_message(staff, answer(staff, ticket))


def wake(staff, ticket):
    Ticket.objects.filter(pk=ticket.pk, status=Status.SNOOZED).update(snoozed_until=timezone.now())
    actions.wake(ticket)


HAPPENS = {
    Event.ASKED: lambda staff, ticket: actions.ask(ticket.person, "And now?"),
    Event.ANSWERED: answer,
    Event.TAKEN: lambda staff, ticket: assign(staff, ticket.conversation, factories.user(Role.STAFF)),
    Event.SNOOZED: lambda staff, ticket: actions.snooze(staff, ticket, timezone.now() + LATER),
    Event.WOKEN: wake,
    Event.CLOSED: actions.close,
    Event.REOPENED: actions.reopen,
}
LINES = [(event, status) for event in HAPPENS for status in Status]


@pytest.mark.parametrize(("event", "status"), LINES)
def test_an_event_leads_where_the_table_says_or_is_refused(db, event, status):
    staff = factories.user(Role.STAFF)
    ticket = in_state(status, staff)
    after = TABLE[event].get(status)
    if after is None and event != Event.WOKEN:
        with pytest.raises(ValidationError):
            HAPPENS[event](staff, ticket)
    else:
        HAPPENS[event](staff, ticket)
    ticket = now(ticket)
    assert ticket.status == (after or status)
    assert (ticket.snoozed_until is None, ticket.closed_at is None) == (
        ticket.status != Status.SNOOZED,
        ticket.status != Status.CLOSED,
    )


def test_the_table_has_no_line_that_these_tests_leave_out():
    assert set(HAPPENS) | {Event.WITHDRAWN} == set(TABLE)


def test_an_answer_that_staff_take_back_is_none(db):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.OPEN, staff)
    asked = ticket.unanswered_since
    withdraw(staff, ticket)
    ticket = now(ticket)
    assert (ticket.status, ticket.unanswered_since, ticket.owner) == (Status.OPEN, asked, staff)


def test_of_two_answers_one_taken_back_leaves_the_ticket_answered(db):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.WAITING, staff)
    withdraw(staff, ticket)
    assert (now(ticket).status, now(ticket).unanswered_since) == (Status.WAITING, None)


def test_whoever_takes_their_question_back_waits_for_nothing(db):
    ticket = in_state(Status.NEW, factories.user(Role.STAFF))
    delete_message(ticket.person, ticket.conversation.messages.get())
    assert now(ticket).unanswered_since is None


def test_a_last_word_of_staff_leaves_a_closed_ticket_closed_and_nobodys(db):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.CLOSED, staff)
    closed = ticket.closed_at
    answer(staff, ticket, "You're welcome.")
    assert (now(ticket).status, now(ticket).closed_at, now(ticket).owner) == (Status.CLOSED, closed, None)


def test_a_snooze_is_kept_when_the_ticket_is_handed_over(db):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.SNOOZED, staff)
    actions.take(staff, ticket)
    assert (now(ticket).status, now(ticket).snoozed_until) == (Status.SNOOZED, ticket.snoozed_until)


@pytest.mark.parametrize(("ago", "same"), [(REOPENS_FOR - LATER, True), (REOPENS_FOR + LATER, False)])
def test_a_closed_ticket_goes_on_for_seven_days(db, ago, same):
    ticket = in_state(Status.CLOSED, factories.user(Role.STAFF))
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=timezone.now() - ago)
    assert (actions.ask(ticket.person, "Thanks!").conversation.ticket == ticket) is same


def test_an_older_ticket_that_staff_reopen_is_the_one_that_goes_on(db):
    staff = factories.user(Role.STAFF)
    first = in_state(Status.CLOSED, staff)
    Ticket.objects.update(closed_at=timezone.now() - REOPENS_FOR)
    second = actions.ask(first.person, "Something else").conversation.ticket
    with pytest.raises(ValidationError, match="asked anew"):
        actions.reopen(staff, first)
    actions.close(staff, second)
    actions.reopen(staff, first)
    assert actions.ask(first.person, "Again").conversation.ticket == first
    with pytest.raises(PermissionDenied):
        send_message(first.person, now(second).conversation, "Here?", Audience.EVERYONE)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT])
def test_nobody_but_staff_works_on_tickets(db, role):
    actor, ticket = factories.user(role), in_state(Status.NEW, factories.user(Role.STAFF))
    for deed in (actions.take, actions.close, actions.reopen, actions.assign_to_least_busy):
        with pytest.raises(PermissionDenied):
            deed(actor, ticket)
    with pytest.raises(PermissionDenied):
        send_message(actor, ticket.conversation, "Hello", Audience.EVERYONE)


@pytest.mark.parametrize("until", [-1, 0, 366 * 86_400 + 60])
def test_a_snooze_ends_ahead_and_within_a_year(db, until):
    ticket = in_state(Status.NEW, factories.user(Role.STAFF))
    with pytest.raises(ValidationError):
        actions.snooze(factories.user(Role.STAFF), ticket, timezone.now() + datetime.timedelta(seconds=until))


def test_staff_sort_tickets_and_each_change_is_logged_once(db):
    staff = factories.user(Role.STAFF)
    ticket, topic, label = in_state(Status.NEW, staff), factories.topic(), factories.label()
    for _ in range(2):
        actions.set_priority(staff, ticket, Priority.URGENT)
        actions.set_topic(staff, ticket, topic)
        actions.set_labels(staff, ticket, [label])
    assert (now(ticket).priority, now(ticket).topic, [*ticket.labels.all()]) == (Priority.URGENT, topic, [label])
    assert [*ticket.log.values_list("event", flat=True)] == ["began", "priority", "topic", "labels"]
    with pytest.raises(ValidationError):
        actions.set_priority(staff, ticket, 7)


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (MAX_BODY + 1)])
def test_what_can_not_be_stored_begins_no_ticket(db, body):
    with pytest.raises(ValidationError):
        actions.ask(factories.user(Role.STUDENT), body)
    assert not Ticket.objects.exists()


def test_a_topic_that_is_not_offered_can_not_be_chosen(db):
    with pytest.raises(ValidationError):
        actions.ask(factories.user(Role.STUDENT), "Hello", factories.topic(offered=False))


def test_a_nul_is_stored_as_what_stands_for_it(db):
    assert actions.ask(factories.user(Role.STUDENT), "a\0b").body == "a\N{REPLACEMENT CHARACTER}b"


def test_a_key_that_was_used_elsewhere_sends_nothing(cast):
    key = uuid.uuid4()
    send_message(cast.amina_user, cast.amina.conversation, "Hello", client_key=key)
    with pytest.raises(ValidationError):
        actions.ask(cast.amina_user, "Hello", client_key=key)
    assert not Ticket.objects.exists()


def test_whatever_staff_do_among_themselves_is_no_event_for_the_person(db, published):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.NEW, staff)
    with published():
        send_message(staff, ticket.conversation, "Who knows?", Audience.STAFF)
        actions.set_priority(staff, ticket, Priority.HIGH)
        actions.set_labels(staff, ticket, [factories.label()])
        actions.take(staff, ticket)
        actions.snooze(staff, ticket, timezone.now() + LATER)
    channels = {channel for channel, _ in published}
    assert f"conversation-{ticket.conversation_id}-staff" in channels
    assert "inbox" in channels
    assert not channels & {f"conversation-{ticket.conversation_id}", f"user-{ticket.person_id}"}


def test_closing_and_reopening_are_seen_by_the_person_at_once(db, published):
    staff = factories.user(Role.STAFF)
    ticket = in_state(Status.NEW, staff)
    for deed in (actions.close, actions.reopen):
        published.clear()
        with published():
            deed(staff, ticket)
        assert f"conversation-{ticket.conversation_id}" in {channel for channel, _ in published}


class TestClock:
    def test_a_snooze_that_is_over_ends_once(self, db):
        staff = factories.user(Role.STAFF)
        due, other = in_state(Status.SNOOZED, staff), in_state(Status.SNOOZED, staff)
        Ticket.objects.filter(pk=due.pk).update(snoozed_until=timezone.now())
        assert [actions.wake_due(), actions.wake_due()] == [1, 0]
        assert (now(due).status, now(other).status) == (Status.OPEN, Status.SNOOZED)
        assert [*due.log.values_list("event", flat=True)][-1] == "woken"

    def test_what_its_owner_may_not_answer_any_more_is_returned_once(self, db):
        staff = factories.user(Role.STAFF)
        ticket = in_state(Status.OPEN, staff)
        type(staff).objects.filter(pk=staff.pk).update(role=Role.TEACHER)
        assert [actions.return_orphans(), actions.return_orphans()] == [1, 0]
        assert (now(ticket).owner, ticket.log.last().event) == (None, "returned")

    def test_those_on_duty_hear_once_of_what_nobody_took(self, db):
        staff, away = factories.user(Role.STAFF), factories.user(Role.STAFF)
        actions.set_away(away, away=True)
        waits, taken = in_state(Status.NEW, staff), in_state(Status.OPEN, staff)
        assert actions.call_for_help() == 0
        Ticket.objects.update(unanswered_since=timezone.now() - CALL_AFTER)
        assert [actions.call_for_help(), actions.call_for_help()] == [1, 0]
        told = Told.objects.get(kind="ticket-waits")
        assert (told.thing, now(taken).called_at) == (waits.pk, None)
        assert staff.pk in told.people
        assert away.pk not in told.people

    def test_what_was_taken_meanwhile_is_told_to_nobody(self, db):
        staff = factories.user(Role.STAFF)
        ticket = in_state(Status.NEW, staff)
        Ticket.objects.update(unanswered_since=timezone.now() - CALL_AFTER)
        actions.call_for_help()
        told = Told.objects.get(kind="ticket-waits")
        kind = notification_types.get("ticket-waits")
        assert kind.show(told) is not None
        actions.take(staff, ticket)
        assert kind.show(told) is None


class TestLeastBusy:
    def here(self, **fields):
        person = factories.user(Role.STAFF, **fields)
        factories.session(user=person)
        return person

    def test_the_one_with_the_fewest_gets_it_and_then_the_other(self, db):
        lead, busy, free = factories.user(Role.ADMIN), self.here(), self.here()
        taken = in_state(Status.NEW, lead)
        actions.take(busy, taken)
        assert actions.assign_to_least_busy(lead, in_state(Status.NEW, lead)) == free
        assert actions.assign_to_least_busy(lead, in_state(Status.NEW, lead)) == busy, "he was given none yet"
        actions.close(busy, taken)
        assert actions.assign_to_least_busy(lead, in_state(Status.NEW, lead)) == free, "it is longer ago"

    def test_who_is_away_or_gone_or_was_never_here_gets_none(self, db):
        lead, away, gone = factories.user(Role.ADMIN), self.here(), self.here()
        factories.user(Role.STAFF)
        actions.set_away(away, away=True)
        gone.usersession_set.update(last_seen_at=timezone.now() - datetime.timedelta(minutes=6))
        ticket = in_state(Status.NEW, lead)
        with pytest.raises(ValidationError, match="Nobody"):
            actions.assign_to_least_busy(lead, ticket)
        actions.set_away(away, away=False)
        assert actions.assign_to_least_busy(lead, ticket) == away

    def test_what_is_anothers_stays_theirs_and_what_is_ones_own_goes_to_another(self, db):
        mine, other = self.here(), self.here()
        ticket = in_state(Status.NEW, mine)
        actions.take(mine, ticket)
        with pytest.raises(ValidationError, match=mine.full_name):
            actions.assign_to_least_busy(other, ticket)
        assert actions.assign_to_least_busy(mine, ticket) == other

    def test_at_the_end_of_a_shift_all_that_is_active_goes_back(self, db):
        staff, other = factories.user(Role.STAFF), factories.user(Role.STAFF)
        mine = [in_state(Status.OPEN, staff) for _ in range(2)]
        done, theirs = in_state(Status.OPEN, staff), in_state(Status.OPEN, other)
        actions.close(staff, done)
        assert actions.return_mine(staff) == 2
        assert set(Ticket.objects.unassigned()) == set(mine)
        assert (now(done).owner, now(theirs).owner) == (staff, other)


def test_who_writes_too_often_is_told_kindly_and_keeps_what_they_typed(
    db, client_for, settings, one_window, monkeypatch
):
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.LIMITS = settings.LIMITS | {"support": type(settings.LIMITS["support"])(2, 60)}
    client, url = client_for(factories.user(Role.STUDENT)), "/support/"
    assert client.post(url, {"body": "First"}).status_code == 302
    talk = Ticket.objects.get().conversation
    thread = f"/conversations/{talk.pk}/messages/"
    assert client.post(thread, {"body": "More"}).status_code == 302
    # In a new ticket and in one that goes on: it is the same person.
    for address in (url, thread):
        refused = client.post(address, {"body": "One more thing"})
        page = refused.content.decode()
        assert (refused.status_code, "One more thing" in page) == (429, True)
        assert "All of it has arrived" in page
        assert int(refused.headers["Retry-After"]) > 0
    assert talk.messages.count() == 2
    # Those who answer, and others who ask, go on.
    staff = client_for(factories.user(Role.STAFF))
    answers = [staff.post(thread, {"body": f"Answer {n}", "audience": "everyone"}).status_code for n in range(4)]
    assert answers == [302] * 4
    assert client_for(factories.user(Role.STUDENT)).post(url, {"body": "Mine"}).status_code == 302
