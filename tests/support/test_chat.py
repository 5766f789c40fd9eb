"""The chat as those who ask have it: the button, the panel, the page without script, and what each may see."""

import datetime
import re

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.conversations.actions import send_message
from apps.conversations.models import Audience, Message
from apps.support import actions
from apps.support.models import SpecialDay, Ticket
from tests import factories

HTMX = {"HX-Request": "true"}


def page(client, path, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


@pytest.fixture
def person(db):
    return factories.user(Role.STUDENT)


def test_a_look_begins_no_ticket_and_the_first_message_does(client_for, person):
    client, topic = client_for(person), factories.topic(name="Fees")
    for path in ("/support/", "/support/?part=panel", "/support/?part=body"):
        assert "Fees" in page(client, path)
    assert not Ticket.objects.exists()
    sent = {"body": "Where is it?", "topic": topic.pk, "client_key": "7e7b2a4e-1f0e-4f6e-9a57-4e9f7b0f9a11"}
    answers = [client.post("/support/", sent, headers=HTMX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert "Where is it?" in answers[1].content.decode()
    assert (Ticket.objects.get().topic, Message.objects.count()) == (topic, 1)


def test_without_script_asking_leads_to_the_conversation_and_a_mistake_keeps_the_text(client_for, person):
    client = client_for(person)
    long = "x" * 5001
    refused = client.post("/support/", {"body": long})
    assert refused.status_code == 422
    assert long in refused.content.decode()
    answer = client.post("/support/", {"body": "Hello"}, follow=True)
    assert answer.redirect_chain[0][0].startswith(f"/support/{Ticket.objects.get().pk}/#message-")
    assert "Hello" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TEACHER])
def test_students_and_teachers_have_the_button_and_their_own_tickets_alone(client_for, db, role):
    asker, other = factories.user(role), factories.user(role)
    ticket = actions.ask(asker, "Mine").conversation.ticket
    assert 'id="chat-button"' in page(client_for(asker), "/accounts/settings/")
    assert client_for(other).get(f"/support/{ticket.pk}/").status_code == 404
    assert f"/support/{ticket.pk}/" not in page(client_for(other), "/support/")


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMIN])
def test_those_who_answer_have_no_button_and_no_tickets_of_their_own(client_for, db, role):
    client = client_for(factories.user(role))
    assert 'id="chat-button"' not in page(client, "/accounts/settings/")
    assert client.get("/support/").status_code == client.post("/support/", {"body": "Hi"}).status_code == 404


def test_an_admin_who_looks_reads_the_chat_and_has_no_button(client_for, person):
    actions.ask(person, "Mine")
    client = client_for(factories.user(Role.ADMIN))
    client.post(f"/people/{person.pk}/look/")
    assert 'id="chat-button"' not in page(client, "/")
    assert "<textarea" not in page(client, f"/support/{Ticket.objects.get().pk}/")
    assert client.post("/support/", {"body": "As them"}).status_code == 403


def test_a_closed_ticket_is_written_in_for_seven_days_and_then_offers_a_new_one(client_for, person):
    ticket, staff = actions.ask(person, "First").conversation.ticket, factories.user(Role.STAFF)
    client, path = client_for(person), f"/support/{ticket.pk}/"
    actions.close(staff, ticket)
    closed = page(client, path)
    assert "Write again to reopen it" in closed
    assert "<textarea" in closed
    Ticket.objects.update(closed_at=timezone.now() - datetime.timedelta(days=8))
    over = page(client, path)
    assert "This conversation was closed on" in over
    assert "Start a new one" in over
    assert "<textarea" not in over
    assert "chat-start" in page(client, "/support/?part=panel")


def test_the_badge_counts_what_staff_wrote_and_no_team_notes(client_for, person):
    ticket, staff, client = (
        actions.ask(person, "Hi").conversation.ticket,
        factories.user(Role.STAFF),
        client_for(person),
    )
    send_message(staff, ticket.conversation, "Among us", Audience.STAFF)
    assert page(client, "/support/?part=count") == ""
    for text in ("One", "Two"):
        send_message(staff, ticket.conversation, text, Audience.EVERYONE)
    assert page(client, "/support/?part=count") == "2"
    assert page(client_for(factories.user(Role.STUDENT)), "/support/?part=count") == ""


def test_an_address_with_a_message_opens_the_conversation_there(client_for, person):
    first = actions.ask(person, "The very first")
    for number in range(60):
        send_message(person, first.conversation, f"More {number}", Audience.EVERYONE)
    path = f"/support/{first.conversation.ticket.pk}/"
    client = client_for(person)
    assert "The very first" not in page(client, path)
    assert "The very first" in page(client, f"{path}?at={first.pk}")
    assert client.get(f"{path}?at=soon").status_code == 400


def test_the_panel_says_who_is_here_and_outside_the_hours_when_support_opens_again(client_for, person):
    client, staff = client_for(person), factories.user(Role.STAFF, "Mira")
    assert 'data-status="open"' in page(client, "/support/?part=status")
    factories.session(user=staff)
    here = page(client, "/support/?part=status")
    assert 'data-status="here"' in here
    assert "Mira is here now" in here
    today = timezone.localdate()
    SpecialDay.objects.create(date=today, name="Founders' Day")
    SpecialDay.objects.create(date=today + datetime.timedelta(days=1), name="The day after")
    closed = page(client, "/support/?part=status")
    assert 'data-status="closed"' in closed
    assert "back on" in closed
    assert "Mira" not in closed


def test_ones_tickets_are_paged_in_a_constant_number_of_queries(
    client_for, person, django_assert_max_num_queries, django_assert_num_queries
):
    client, topic = client_for(person), factories.topic(name="Fees")
    over = timezone.now() - datetime.timedelta(days=30)

    def closed(count):
        for number in range(count):
            factories.ticket(
                person=person, topic=topic, status="closed", closed_at=over + datetime.timedelta(hours=number)
            )

    closed(3)
    page(client, "/support/")
    with django_assert_max_num_queries(15) as few:
        assert 'rel="next"' not in page(client, "/support/")
    closed(42)
    with django_assert_num_queries(len(few)):
        first = page(client, "/support/")
    assert "1–20 of 45" in first
    numbers = [set(re.findall(r'href="/support/(\d+)/"', page(client, f"/support/?page={n}"))) for n in (1, 2, 3)]
    assert [len(each) for each in numbers] == [20, 20, 5]
    assert len(set.union(*numbers)) == 45
    # What is no page is the nearest.
    assert page(client, "/support/?page=99").count("of 45") == page(client, "/support/?page=x").count("of 45") == 1
