"""Which fragment goes to which channel after which change."""

from apps.accounts.models import User
from apps.conversations.models import Audience
from apps.core.ids import element_id
from apps.realtime.publish import event, signal
from apps.support.models import Ticket

# What the inbox of all staff listens to: a named event, after which each list asks for itself again.
INBOX = "inbox"


def ticket_changed(ticket: Ticket, *, for_person: bool = False) -> None:
    """Have the inbox, and the pages of staff that show this ticket, ask for it again.

    Its person's page only where it shows something else than before, that it is closed or open again: what staff do
    among themselves is no event there either.
    """
    conversation = ticket.conversation
    everyone, staff = (conversation.type.channel(conversation, each) for each in (Audience.EVERYONE, Audience.STAFF))
    signal(INBOX)
    signal(staff, f"{element_id(ticket)}-staff")
    if for_person:
        signal(everyone, element_id(ticket))
        signal(everyone, f"foot-{conversation.pk}")


def inbox_changed() -> None:
    """Have the inbox ask for itself again."""
    signal(INBOX)


def ticket_began(ticket: Ticket) -> None:
    """Tell staff who are here of a new ticket."""
    event(INBOX, "ticket-began", {"toast": f"{ticket.get_absolute_url()}?part=toast"})


def replying(ticket: Ticket, user: User, age: int) -> None:
    """Tell the inbox that one of staff writes in a ticket, and pressed the last key `age` milliseconds ago."""
    event(INBOX, "ticket-replying", {"ticket": ticket.pk, "user": user.pk, "name": user.given_name, "age": age})
