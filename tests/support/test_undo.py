"""Undo leads a ticket back to exactly where it stood, or says who moved it meanwhile and changes nothing."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import AuditEntry, Role
from apps.conversations.actions import assign, retract_message, send_message
from apps.conversations.models import Audience
from apps.support import actions
from apps.support.models import Ticket
from apps.support.states import Status
from tests import factories
from tests.support.test_states import LATER, in_state, now

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(db):
    return factories.user(Role.STAFF, "Stella")


@pytest.fixture
def other(db):
    return factories.user(Role.STAFF, "Olga")


def stands(ticket):
    """All of where it stands."""
    fresh = now(ticket)
    return fresh.status, fresh.snoozed_until, fresh.closed_at, fresh.owner, fresh.unanswered_since


def post(client, ticket, verb, **fields):
    return client.post(f"/tickets/{ticket.pk}/{verb}/", fields, headers=HTMX)


def undo(client, page):
    """Press the Undo that a page offers."""
    form = re.search(r"<form[^>]*data-undone>.*?</form>", page.content.decode(), re.DOTALL)[0]
    fields = {"line": re.findall(r'name="line" value="(\d+)"', form)}
    return client.post(re.search(r'action="([^"]+)"', form)[1], fields, headers=HTMX)


# What is done to it by whom it is offered to undo.
ACTS = {
    "close": lambda client, ticket, other: post(client, ticket, "closure"),
    "snooze": lambda client, ticket, other: post(client, ticket, "snooze", until="tomorrow"),
    "give": lambda client, ticket, other: post(client, ticket, "owner", user=other.pk),
    "return": lambda client, ticket, other: post(client, ticket, "owner", user=""),
    "take": lambda client, ticket, other: post(client, ticket, "owner", take="1"),
    "wake": lambda client, ticket, other: post(client, ticket, "snooze", end="1"),
    "reopen": lambda client, ticket, other: post(client, ticket, "closure", reopen="1"),
}
EVERYWHERE = ["close", "snooze", "give"]
POSSIBLE = [
    *((act, status) for act in EVERYWHERE for status in (Status.NEW, Status.OPEN, Status.WAITING, Status.SNOOZED)),
    *(("return", Status.OPEN), ("take", Status.NEW), ("take", Status.SNOOZED)),
    *(("wake", Status.SNOOZED), ("reopen", Status.CLOSED)),
]


@pytest.mark.parametrize(("act", "status"), POSSIBLE)
def test_undo_leads_back_to_exactly_where_the_ticket_stood(staff, other, client_for, act, status):
    ticket, client = in_state(status, staff), client_for(staff)
    before = stands(ticket)
    page = ACTS[act](client, ticket, other)
    assert page.status_code == 200
    assert stands(ticket) != before
    answer = undo(client, page)
    assert (answer.status_code, "Undone: 1 ticket." in answer.content.decode()) == (200, True)
    assert stands(ticket) == before
    assert f"ticket-{ticket.pk}-staff" in answer["HX-Trigger"]
    assert AuditEntry.objects.filter(verb="ticket.undone", actor=staff).count() == 1
    assert "undid " in client.get(f"/tickets/{ticket.pk}/").content.decode()


def ask_again(ticket, staff, other):
    actions.ask(ticket.person, "Thank you!")


def reopen_and_close(ticket, staff, other):
    actions.close(other, actions.reopen(other, ticket))


def give_away(ticket, staff, other):
    assign(other, now(ticket).conversation, other)


def last_word(ticket, staff, other):
    send_message(other, now(ticket).conversation, "One more thing.", Audience.EVERYONE)


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (ask_again, "{person} wrote again"),
        (reopen_and_close, "{other} closed it"),
        (give_away, "{other} took it"),
        (last_word, "{other} answered"),
    ],
)
def test_what_somebody_moved_meanwhile_is_not_undone_and_undo_says_who_did(staff, other, client_for, meanwhile, said):
    ticket, client = in_state(Status.OPEN, staff), client_for(staff)
    page = ACTS["close"](client, ticket, other)
    meanwhile(now(ticket), staff, other)
    before, lines = stands(ticket), now(ticket).log.count()
    answer = undo(client, page)
    assert answer.status_code == 409
    who = said.format(person=ticket.person.full_name, other=other.full_name)
    assert f"{ticket.person.full_name}: Nothing was undone: {who} meanwhile." in answer.content.decode()
    assert (stands(ticket), now(ticket).log.count()) == (before, lines)


def test_undo_is_for_who_did_it_and_once(staff, other, client_for):
    ticket = in_state(Status.NEW, staff)
    page = ACTS["close"](client_for(staff), ticket, other)
    assert undo(client_for(other), page).status_code == 409
    assert now(ticket).status == Status.CLOSED
    assert undo(client_for(staff), page).status_code == 200
    twice = undo(client_for(staff), page)
    assert (twice.status_code, "you undid the closing meanwhile" in twice.content.decode()) == (409, True)
    assert now(ticket).status == Status.NEW


def test_a_closing_is_not_undone_where_the_person_has_asked_anew(staff, monkeypatch):
    ticket = in_state(Status.OPEN, staff)
    actions.close(staff, ticket)
    (line,) = actions.undo_lines([ticket], staff)
    moment = timezone.now() + timezone.timedelta(days=8)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: moment)
        actions.ask(ticket.person, "Something else")
    with pytest.raises(ValidationError, match="has asked anew since"):
        actions.undo(staff, now(ticket), line)
    assert now(ticket).status == Status.CLOSED


def test_an_owner_who_answers_no_more_is_not_given_it_back(staff, other):
    ticket = in_state(Status.NEW, staff)
    actions.take(other, ticket)
    actions.hand_over(staff, now(ticket), None, other.pk)
    other.role = Role.TEACHER
    other.save()
    (line,) = actions.undo_lines([ticket], staff)
    assert actions.undo(staff, now(ticket), line).owner is None
    assert Ticket.objects.unassigned().filter(pk=ticket.pk).exists()


def test_an_answer_that_was_taken_back_while_it_was_closed_answers_nothing(staff):
    ticket = in_state(Status.WAITING, staff)
    actions.close(staff, ticket)
    (line,) = actions.undo_lines([ticket], staff)
    retract_message(staff, ticket.conversation.messages.get(author=staff))
    assert actions.undo(staff, now(ticket), line).status == Status.OPEN
    assert now(ticket).unanswered_since


def test_a_second_snooze_undone_leads_back_to_the_first(staff):
    ticket = in_state(Status.SNOOZED, staff)
    first = now(ticket).snoozed_until
    actions.snooze(staff, ticket, timezone.now() + 3 * LATER)
    (line,) = actions.undo_lines([ticket], staff)
    assert actions.undo(staff, now(ticket), line).snoozed_until == first
