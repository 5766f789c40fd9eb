"""Who may do what with support: the only place that decides."""

from django.db.models import Q

from apps.accounts.models import Role, User
from apps.support.models import Ticket

# What counts what a person writes to support, in whichever ticket (settings.LIMITS).
LIMIT = "support"


def can_ask(user: User) -> bool:
    """May this person open a ticket (and sees the chat button)? Everyone who is no staff."""
    return user.is_active and not user.sees_all and not user.looked_as


def has_chat(user: User) -> bool:
    """Is the chat on this person's pages? Also where an admin looks as them, who then only reads."""
    return user.role in {Role.TEACHER, Role.STUDENT}


def can_answer(user: User, _number: int = 0) -> bool:
    """May this person work in the inbox (and read the channel `inbox`)? Admins and staff."""
    return user.is_active and user.sees_all and not user.looked_as


def can_write(user: User, ticket: Ticket) -> bool:
    """May this person, who may read the ticket, write in it? Staff always, its person while they may go on in it."""
    if user.sees_all:
        return True
    return ticket.person_id == user.pk and (ticket.is_active or is_current(ticket))


def is_current(ticket: Ticket) -> bool:
    """Is a closed ticket the one in which its person goes on by writing? The last that was closed, for some days."""
    if not ticket.may_reopen:
        return False
    others = Ticket.objects.filter(person=ticket.person_id).exclude(pk=ticket.pk)
    return not others.filter(Q(closed_at=None) | Q(closed_at__gt=ticket.closed_at)).exists()


def can_have_transcript(user: User, ticket: Ticket) -> bool:
    """May this person have a ticket's conversation sent to its person? Those who answer, and the person."""
    return can_answer(user) or (ticket.person_id == user.pk and user.is_active and not user.looked_as)
