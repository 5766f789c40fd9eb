"""Transcripts: what was said to the person and by them, sent to their own address."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit, outgoing_email
from apps.accounts.models import User
from apps.conversations.actions.clock import lock
from apps.conversations.export_job import MAX_PDF_MESSAGES
from apps.conversations.models import Audience
from apps.core.formats import number
from apps.support import live, policies
from apps.support.actions.states import fresh, write
from apps.support.models import Ticket


def send_transcript(actor: User, ticket: Ticket) -> Ticket:
    """Send what is for everyone in a ticket to its person's own address, as a PDF; the ticket's log says so.

    Raises PermissionDenied, ValidationError where there is no address or it is too long.
    """
    if not policies.can_have_transcript(actor, ticket):
        raise PermissionDenied("You can't have this conversation sent.")
    person = ticket.person
    if not (person.is_active and person.email):
        raise ValidationError(f"{person.given_name} has no account any more: nothing can be sent.", code="no_address")
    if ticket.conversation.messages.filter(audience=Audience.EVERYONE)[MAX_PDF_MESSAGES:].exists():
        raise ValidationError(
            f"A transcript has room for {number(MAX_PDF_MESSAGES)} messages: export the conversation as text.",
            code="too_long",
        )
    with transaction.atomic():
        ticket = fresh(lock(actor, ticket.conversation))
        write(ticket, "transcript", actor)
        audit.record(actor, "ticket.transcript-sent", ticket)
        about, composer = "Transcript of a conversation", "support-transcript"
        row = outgoing_email.email(person.email, about, composer, ticket=str(ticket.pk), by=str(actor.pk))
        outgoing_email.send([row])
        live.ticket_changed(ticket)
    return ticket
