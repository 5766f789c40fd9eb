"""What `/metrics` says of support."""

import datetime

from django.db import DatabaseError
from django.utils import timezone

from apps.accounts.models import Role
from apps.support import actions
from apps.support.models import Ticket, TicketQuerySet
from tests import factories


def figures(client):
    lines = client.get("/metrics").content.decode().splitlines()
    return {
        name.removeprefix("homeroom_support_"): float(value)
        for name, _, value in (line.partition(" ") for line in lines)
        if name.startswith("homeroom_support_")
    }


def test_metrics_tell_how_long_people_wait(client, db):
    assert set(figures(client).values()) == {0.0}
    staff = factories.user(Role.STAFF)
    first, _, third = (actions.ask(factories.user(Role.STUDENT), "Hello?").conversation.ticket for _ in range(3))
    actions.take(staff, first)
    actions.close(staff, third)
    Ticket.objects.filter(pk=first.pk).update(unanswered_since=timezone.now() - datetime.timedelta(hours=2))
    found = figures(client)
    assert 7_200 <= found.pop("oldest_unanswered_seconds") < 7_300
    assert found == {"tickets_active": 2, "tickets_unassigned": 1}


def test_metrics_answer_without_a_database(client, db, monkeypatch):
    def away(rows):
        raise DatabaseError

    monkeypatch.setattr(TicketQuerySet, "unanswered", away)
    assert client.get("/metrics").status_code == 200
    assert figures(client) == {}
