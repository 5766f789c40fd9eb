"""Which fragment goes to which channel after which change."""

from apps.conversations.models import Audience
from apps.core.ids import element_id
from apps.realtime.publish import event, signal
from apps.support.models import Ticket

# What the inbox of all staff listens to: a named event, after which each list asks for itself again.
INBOX = "inbox"


def ticket_changed(ticket: Ticket) -> None:
    """Have the inbox, and the pages that show this ticket, ask for it again."""
    conversation = ticket.conversation
    signal(INBOX)
    # The person's page follows what they may see of it: whether it is closed.
    signal(conversation.type.channel(conversation, Audience.EVERYONE), element_id(ticket))
    signal(conversation.type.channel(conversation, Audience.EVERYONE), f"foot-{conversation.pk}")
    signal(conversation.type.channel(conversation, Audience.STAFF), f"{element_id(ticket)}-staff")


def inbox_changed() -> None:
    """Have the inbox ask for itself again."""
    signal(INBOX)


def ticket_began(ticket: Ticket) -> None:
    """Tell staff who are here of a new ticket."""
    event(INBOX, "ticket-began", {"ticket": ticket.pk, "person": ticket.person_id})
