"""The transcript of a ticket goes to its person's own address, with what was said to them and nothing else."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from pypdf import PdfReader

from apps.accounts.models import AuditEntry, Role
from apps.conversations.actions import send_message
from apps.conversations.models import Audience
from apps.core import email_delivery
from apps.support import actions
from tests import factories
from tests.notifications.conftest import postbox  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
MARKER = "zebra-crossing"


@pytest.fixture
def people(db):
    person = factories.user(Role.STUDENT, "Yara", family_name="Diallo")
    staff = factories.user(Role.STAFF, "Seth", family_name="Stone")
    ticket = actions.ask(person, "Where is my invoice?").conversation.ticket
    send_message(staff, ticket.conversation, f"Not ours? {MARKER}", Audience.STAFF)
    send_message(staff, ticket.conversation, "It is under Fees.", Audience.EVERYONE)
    return person, staff, ticket


def arrived(box, person):
    email_delivery.send_due()
    return [letter for letter in box.to(person.email) if "Your conversation with" in letter["Subject"]]


def text_of(letter) -> str:
    (pdf,) = letter.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.get_content())).pages)


def test_staff_send_it_to_the_persons_own_address(client, people, postbox):  # noqa: F811
    person, staff, ticket = people
    client.force_login(staff)
    client.post(reverse("support:ticket_transcript", args=[ticket.pk]))
    (letter,) = arrived(postbox, person)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"] == person.email
    text = text_of(letter)
    for words in ("Where is my invoice?", "It is under Fees.", "Seth Stone", "Yara Diallo"):
        assert words in text
    assert "by Seth Stone" in " ".join(text.split())


def test_nothing_that_is_for_staff_and_no_address_is_in_it(people, postbox):  # noqa: F811
    person, staff, ticket = people
    actions.send_transcript(staff, ticket)
    (letter,) = arrived(postbox, person)
    written = letter.get_body().get_content() + text_of(letter)
    assert MARKER not in written
    assert MARKER.encode() not in letter.as_bytes()
    assert staff.email not in written
    assert person.email not in written
    assert staff.email not in str(letter.items())


def test_the_person_has_it_sent_to_themselves_and_the_log_says_so(client, people, postbox):  # noqa: F811
    person, _, ticket = people
    client.force_login(person)
    url = reverse("support:support_transcript", args=[ticket.pk])
    assert f'action="{url}"' in client.get(reverse("support:support_detail", args=[ticket.pk])).content.decode()
    client.post(url)
    assert len(arrived(postbox, person)) == 1
    line = ticket.log.last()
    assert (line.event, line.actor, line.before) == ("transcript", person, line.after)
    assert AuditEntry.objects.filter(verb="ticket.transcript-sent", actor=person).count() == 1


def test_an_address_that_changed_meanwhile_gets_nothing(people, postbox, monkeypatch):  # noqa: F811
    person, staff, ticket = people
    postbox.down = True
    actions.send_transcript(staff, ticket)
    person.email = "new@home.test"
    person.save()
    postbox.down = False
    email_delivery.send_due()
    assert not [letter for letter in postbox.letters if "Your conversation with" in letter["Subject"]]


def test_nobody_else_can_have_it_sent(client, people):
    _, _, ticket = people
    for role in (Role.STUDENT, Role.TEACHER):
        stranger = factories.user(role)
        client.force_login(stranger)
        assert client.post(reverse("support:support_transcript", args=[ticket.pk])).status_code == 404
        assert client.post(reverse("support:ticket_transcript", args=[ticket.pk])).status_code == 404
        with pytest.raises(PermissionDenied):
            actions.send_transcript(stranger, ticket)


def test_staff_read_in_the_tickets_activity_that_it_was_sent(client, people):
    _, staff, ticket = people
    actions.send_transcript(staff, ticket)
    client.force_login(staff)
    page = client.get(reverse("support:ticket_detail", args=[ticket.pk])).content.decode()
    assert "sent the conversation to its person by e-mail" in page
