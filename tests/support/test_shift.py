"""The shift of those who answer: away and back, who is here, and handing all that is one's own to the queue."""

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.support import actions, presence
from apps.support.models import Ticket
from apps.support.states import Status
from tests import factories
from tests.support.test_inbox import changed, undone
from tests.support.test_states import in_state, now

HTMX = {"HX-Request": "true"}
SHIFT = "/inbox/shift/"


@pytest.fixture
def staff(db):
    return factories.user(Role.STAFF, "Stella")


def here(name, **fields):
    person = factories.user(Role.STAFF, name, **fields)
    factories.session(user=person)
    return person


def test_who_goes_away_is_not_here_until_they_are_back(staff, client_for):
    client, other = client_for(staff), here("Olga")
    assert "Also here: <bdi>Olga" in client.get(SHIFT, headers=HTMX).content.decode()
    away = client_for(other).post(SHIFT, {"away": "1"}, headers=HTMX).content.decode()
    assert "You are away" in away
    assert not presence.present().filter(pk=other.pk).exists()
    assert "Nobody else is here." in client.get(SHIFT, headers=HTMX).content.decode()
    client_for(other).post(SHIFT, {"away": "0"}, headers=HTMX)
    assert "Also here: <bdi>Olga" in client.get(SHIFT, headers=HTMX).content.decode()


def test_who_hides_being_here_or_left_is_not_named(staff, client_for):
    here("Hugo", hides_presence=True)
    here("Gina").usersession_set.update(last_seen_at=timezone.now() - 2 * presence.PRESENT_FOR)
    assert "Nobody else is here." in client_for(staff).get(SHIFT, headers=HTMX).content.decode()


def test_all_that_is_mine_goes_to_the_queue_and_back_by_undo(staff, client_for):
    client, other = client_for(staff), factories.user(Role.STAFF)
    mine = [in_state(status, staff) for status in (Status.OPEN, Status.WAITING, Status.SNOOZED)]
    actions.take(staff, mine[2])
    theirs, done = in_state(Status.OPEN, other), in_state(Status.OPEN, staff)
    actions.close(staff, done)
    assert "Put my 3 tickets into the queue" in client.get(SHIFT).content.decode()
    before = [(now(ticket).status, now(ticket).owner) for ticket in mine]
    page = client.post(SHIFT, {"all": "1"}, headers=HTMX)
    assert "Put back into the queue: 3 tickets." in page.content.decode()
    assert set(Ticket.objects.unassigned()) == set(mine)
    assert (now(theirs).owner, now(done).owner) == (other, staff)
    partial = page.content.decode().partition("<hx-partial")[2]
    page.content = partial.encode()
    undone(client, page)
    assert [(now(ticket).status, now(ticket).owner) for ticket in mine] == before


def test_ticked_tickets_are_spread_over_those_who_are_here(staff, client_for):
    first, second = here("Olga"), here("Rosa")
    tickets = [in_state(Status.NEW, staff) for _ in range(4)]
    page = changed(client_for(staff), ticket=[ticket.pk for ticket in tickets], user="least-busy")
    assert "Assigned 4 tickets." in page.content.decode()
    assert sorted(now(ticket).owner.pk for ticket in tickets) == sorted([first.pk, first.pk, second.pk, second.pk])


def test_without_script_the_shift_is_a_page(staff, client_for):
    client = client_for(staff)
    assert "You are here" in client.get(SHIFT).content.decode()
    assert client.post(SHIFT, {"away": "1"})["Location"] == SHIFT
    assert "You are away" in client.get(SHIFT).content.decode()
