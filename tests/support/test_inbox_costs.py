"""What the inbox costs: as many queries for many tickets as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.support.actions import take
from apps.support.models import Label, Topic
from tests import factories
from tests.support.test_tickets import asked

MOST = 15


def fill(count, staff):
    topic, _ = Topic.objects.get_or_create(name="Fees")
    label, _ = Label.objects.get_or_create(name="bug")
    for _ in range(count):
        ticket = asked(factories.user(Role.STUDENT), topic=topic)
        ticket.labels.add(label)
        take(staff, ticket)
    return ticket


@pytest.mark.parametrize(
    "path", ["/inbox/", "/inbox/?view=unread", "/inbox/?view=all&q=invoice&keep={pk}", "/inbox/unread/"]
)
def test_the_list_asks_as_much_for_many_tickets_as_for_one(db, client_for, path):
    staff = factories.user(Role.STAFF)
    ticket, client = fill(1, staff), client_for(staff)
    costs = []
    for _ in range(2):
        client.get("/inbox/unread/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path.format(pk=ticket.pk), headers={"HX-Request": "true"}).status_code == 200
        costs.append(len(queries))
        fill(12, staff)
    assert costs[0] == costs[1]
    assert costs[1] <= MOST, [each["sql"][:120] for each in queries]


@pytest.mark.parametrize("part", ["head", "context"])
def test_a_ticket_asks_as_much_for_a_long_past_as_for_a_short_one(cast, client_for, part):
    ticket, client = asked(cast.amina_user), client_for(cast.staff)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/tickets/{ticket.pk}/?part={part}", headers={"HX-Request": "true"})
        costs.append(len(queries))
        for _ in range(5):
            asked(cast.amina_user, "And then?")
    assert costs[0] == costs[1]
    assert costs[1] <= MOST
