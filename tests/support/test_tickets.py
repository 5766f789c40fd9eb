"""A ticket from the first word to the last: who moves it where."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts import people_actions
from apps.accounts.models import Role
from apps.conversations.actions import send_message
from apps.conversations.models import Audience, Conversation
from apps.support import actions
from apps.support.models import Ticket
from apps.support.states import TABLE, Event, Status, after
from tests import factories


def asked(person, body="Where is my invoice?", **more) -> Ticket:
    return actions.ask(person, body, **more).conversation.ticket


def test_the_first_message_begins_a_ticket_and_the_next_one_lands_in_it(db):
    person = factories.user(Role.STUDENT)
    ticket = asked(person)
    assert (ticket.status, ticket.unanswered_since is not None) == (Status.NEW, True)
    assert asked(person, "And my certificate?") == ticket
    assert Ticket.objects.count() == 1


def test_the_same_sending_makes_one_message(db):
    person, key = factories.user(Role.STUDENT), uuid.uuid4()
    first = actions.ask(person, "Hello", client_key=key)
    assert actions.ask(person, "Hello", client_key=key) == first
    assert first.conversation.messages.count() == 1


def test_an_answer_takes_the_ticket_and_waits_for_the_person(db):
    ticket, staff = asked(factories.user(Role.STUDENT)), factories.user(Role.STAFF)
    send_message(staff, ticket.conversation, "On its way.", Audience.EVERYONE)
    ticket = Ticket.objects.select_related("conversation").get(pk=ticket.pk)
    assert (ticket.status, ticket.unanswered_since, ticket.owner) == (Status.WAITING, None, staff)
    assert list(ticket.log.values_list("event", flat=True)) == ["began", "taken", "answered"]


def test_a_team_note_moves_nothing(db):
    ticket, staff = asked(factories.user(Role.STUDENT)), factories.user(Role.STAFF)
    send_message(staff, ticket.conversation, "Not ours?", Audience.STAFF)
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW
    assert Conversation.objects.get(pk=ticket.conversation_id).assignee is None


def test_a_closed_ticket_reopens_for_seven_days_and_then_a_new_one_begins(db):
    person, staff = factories.user(Role.STUDENT), factories.user(Role.STAFF)
    ticket = actions.close(staff, asked(person))
    assert asked(person, "Thanks!") == ticket
    actions.close(staff, ticket)
    Ticket.objects.update(closed_at=timezone.now() - datetime.timedelta(days=7, seconds=1))
    with pytest.raises(PermissionDenied):
        send_message(person, Conversation.objects.get(pk=ticket.conversation_id), "Hello?", Audience.EVERYONE)
    assert asked(person, "Something new") != ticket


def test_the_second_of_two_who_take_a_ticket_is_told_who_was_first(db):
    ticket = asked(factories.user(Role.STUDENT))
    actions.take(factories.user(Role.STAFF, "Saskia"), ticket)
    with pytest.raises(ValidationError, match="Saskia"):
        actions.take(factories.user(Role.STAFF), ticket)


def test_a_deactivated_owners_tickets_return_to_the_queue(db):
    staff, admin = factories.user(Role.STAFF), factories.user(Role.ADMIN)
    tickets = [actions.take(staff, asked(factories.user(Role.STUDENT))) for _ in range(3)]
    people_actions.deactivate(admin, staff)
    assert set(Ticket.objects.unassigned()) == set(tickets)
    for ticket in tickets:
        assert ticket.log.last().event == "returned"


def test_every_state_and_event_is_in_the_table():
    assert set(TABLE) == set(Event)
    assert after(Event.REOPENED, Status.OPEN) is None
    assert after(Event.ASKED, Status.CLOSED) == Status.OPEN
