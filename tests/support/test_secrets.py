# ruff: noqa: F811 - fixtures of notifications are arguments here
"""A marker in a staff note is in no byte that its person is sent; and who left is answered by mail."""

import io
import itertools
import json
import zipfile

import pytest
from django.urls import NoReverseMatch, reverse
from pypdf import PdfReader

from apps.accounts import own_data
from apps.conversations import actions as talking
from apps.conversations.models import Audience
from apps.core import email_delivery
from apps.notifications.models import Delivery, Notification, State
from apps.realtime.channels import can_read
from apps.support import actions
from apps.support.actions.clock import CALL_AFTER
from apps.support.models import Ticket
from tests.doors.house import untouched
from tests.doors.urls import addresses
from tests.notifications.conftest import _no_thread, commits, later, postbox  # noqa: F401 - fixtures

MARKER, BESIDE = "zimtstern", "muskatnuss"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast, commits):
    with commits():
        return actions.ask(cast.amina_user, "Where is my invoice?").conversation.ticket


@pytest.fixture
def plant(cast, ticket, commits):
    """Everything that can be done with notes, and an answer for the person among them."""

    def go() -> list[int]:
        talk, notes = ticket.conversation, []
        for deed in (talking.pin_message, talking.delete_message, None):
            with commits():
                text = f"{MARKER} {BESIDE} @{cast.admin.full_name} @{cast.amina_user.full_name}"
                note = talking.send_message(cast.staff, talk, text, Audience.STAFF)
                talking.edit_message(cast.staff, note, f"{text}!")
                talking.add_reaction(cast.staff2, note, "👍")
                talking.send_message(cast.staff2, talk, f"Yes, {MARKER}", Audience.STAFF, reply_to=note)
                if deed:
                    deed(cast.staff, note)
            notes.append(note.pk)
        with commits():
            actions.take(cast.staff, ticket)
            talking.send_message(cast.staff, talk, "It is on its way.", Audience.EVERYONE)
            actions.send_transcript(cast.staff, ticket)
        return notes

    return go


def walk(client, numbers, asked):
    """What each address of the house answers a GET of this person, for each of these numbers."""
    for address in addresses():
        if address.is_admins or address.name.startswith("/") or len(address.takes) > 1:
            continue
        for number in numbers if address.takes else [None]:
            try:
                path = reverse(address.name, args=[number] if number else [])
            except NoReverseMatch:  # takes a word, not a number
                continue
            for query in asked:
                with untouched():
                    answer = client.get(path + query, headers={"HX-Request": "true"})
                    yield f"{path}{query}", answer.getvalue()
                # What isn't found or has no GET is refused before anything in the query is looked at.
                if answer.status_code in {404, 405}:
                    break


def read(letter):
    """A letter with its headers, as a mail program shows it: whatever it is encoded in, it hides nothing."""
    words = [f"{name}: {value}" for name, value in letter.items()]
    words += [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    words += [pdf_text(part.get_content()) for part in letter.walk() if part.get_content_type() == "application/pdf"]
    return "\n".join(words).encode()


def pdf_text(pdf):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def unpacked(user):
    """What is in the ZIP of one's own data, file by file."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(own_data.export(user))))
    return {name: archive.read(name) for name in archive.namelist()}


def numbers_of(user, ticket, notes):
    """Of all that the notes are about, or that this person was told."""
    newest = ticket.conversation.messages.order_by("-key").first()
    told = Notification.objects.filter(recipient=user).values_list("pk", flat=True)
    return dict.fromkeys([ticket.pk, ticket.conversation_id, *notes, newest.pk, *told])


def everything(client, user, ticket, notes, events, letters, numbers):
    """Every byte that somebody is sent, under addresses with these numbers or none."""
    newest = ticket.conversation.messages.order_by("-key").first()
    queries = ("", f"?q={BESIDE}&after=0", f"?at={notes[0]}&newer=0", f"?before={newest.key + 1}")
    yield from walk(client, numbers, queries)
    yield from ((channel, text.encode()) for channel, text in events if can_read(user, channel))
    yield from (("mail", read(letter)) for letter in letters)
    yield "own data", "".join(own_data.as_json(user)).encode()
    yield from unpacked(user).items()
    yield "told", json.dumps([*Notification.objects.filter(recipient=user).values_list("title", flat=True)]).encode()


def found(*sent):
    return [where for where, data in everything(*sent) if MARKER.encode() in data]


def test_a_marker_in_a_staff_note_is_in_no_byte_that_the_person_is_sent(
    cast,
    client_for,
    ticket,
    plant,
    published,
    postbox,
    later,
):
    notes = plant()
    later(60)
    email_delivery.send_due()
    amina, staff = cast.amina_user, cast.admin
    letters = postbox.to(amina.email)
    (transcript,) = (letter for letter in letters if "Your conversation with" in letter["Subject"])
    assert len(letters) > 1, "she was sent the answer too"
    assert b"It is on its way." in read(transcript), "and its PDF is read"
    assert any(b"Where is my invoice?" in data for data in unpacked(amina).values()), "and the ZIP of her own data"
    numbers = numbers_of(amina, ticket, notes)
    assert found(client_for(amina), amina, ticket, notes, published, letters, numbers) == []
    # The same search finds it among what staff are sent: there, under the number of the conversation alone.
    letters, numbers = postbox.to(staff.email), [ticket.conversation_id]
    there = found(client_for(staff), staff, ticket, notes, published, letters, numbers)
    assert {"mail", f"conversation-{ticket.conversation_id}-staff"} <= set(there), there
    assert any(where.startswith("/conversations/") for where in there), "staff's pages have it"
    assert any("q=" in where for where in there), "and their search"


class TestLetters:
    def test_who_left_gets_the_answer_with_a_link_to_it_in_the_chat(self, cast, ticket, commits, postbox, later):
        with commits():
            answer = talking.send_message(cast.staff, ticket.conversation, "It is on its way.", Audience.EVERYONE)
        later(10)
        (letter,) = postbox.to(cast.amina_user.email)
        assert letter["Auto-Submitted"] == "auto-generated"
        assert "It is on its way." in letter.get_body(("plain",)).get_content()
        page = f"{reverse('support:support_detail', args=[ticket.pk])}?at={answer.pk}#message-{answer.pk}"
        assert answer.conversation.type.message_url(answer, cast.amina_user) == page
        notice = Notification.objects.get(recipient=cast.amina_user, thing=answer.pk, kind="message")
        assert f"/notifications/{notice.pk}/" in letter.get_body(("plain",)).get_content()

    def test_an_answer_that_was_taken_back_or_read_is_not_mailed(self, cast, ticket, commits, postbox, later):
        with commits():
            answer = talking.send_message(cast.staff, ticket.conversation, "Nonsense", Audience.EVERYONE)
            talking.retract_message(cast.staff, answer)
            answer = talking.send_message(cast.staff, ticket.conversation, "It is here.", Audience.EVERYONE)
            talking.mark_read(cast.amina_user, ticket.conversation, answer.key)
        later(60)
        assert postbox.to(cast.amina_user.email) == []

    def test_nobody_is_mailed_for_messages_of_a_ticket_that_is_nobodys(self, cast, ticket, commits, postbox, later):
        for number in range(3):
            with commits():
                actions.ask(cast.amina_user, f"Hello {number}?")
        later(60)
        assert postbox.letters == []

    def test_its_owner_is_told_of_what_the_person_writes(self, cast, ticket, commits, postbox, later):
        with commits():
            actions.take(cast.staff, ticket)
            actions.ask(cast.amina_user, "And my certificate?")
        later(60)
        assert [str(letter["To"]) for letter in postbox.letters] == [cast.staff.email]

    def test_those_on_duty_get_one_mail_for_a_ticket_that_nobody_took(self, cast, ticket, commits, postbox, later):
        Ticket.objects.update(unanswered_since=ticket.unanswered_since or ticket.opened_at - CALL_AFTER)
        Ticket.objects.update(unanswered_since=ticket.opened_at - CALL_AFTER)
        actions.set_away(cast.staff2, away=True)
        for _ in itertools.repeat(None, 2):
            with commits():
                actions.run_clock()
        later(60)
        to = {str(letter["To"]) for letter in postbox.letters}
        assert {cast.staff.email, cast.admin.email} <= to
        assert cast.staff2.email not in to
        assert len(postbox.letters) == len(to)
        assert not Delivery.objects.filter(state=State.FAILED).exists()
