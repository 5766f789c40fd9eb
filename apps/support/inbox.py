"""What the inbox counts: what somebody who answers has not read yet, and how many tickets each view has."""

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.conversations.models import Message, Participant
from apps.conversations.models.conversations import MAX_UNREAD
from apps.conversations.models.conversations import Count as CountOf
from apps.support.models import Ticket, TicketQuerySet, answerers
from apps.support.states import Status

# The views in their order; the first is what one sees without choosing.
VIEWS = {
    "open": "Open",
    "unread": "Unread",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "waiting": "Waiting",
    "snoozed": "Snoozed",
    "closed": "Closed",
    "all": "All",
}
USUAL = "open"
ACTIVE = ~Q(status=Status.CLOSED)


def tickets(user: User) -> TicketQuerySet:
    """The tickets that this person may see: is there something unread (`has_unread`), is it anybody's (`has_owner`)?

    The row, the badge and the views all go by what is said here of unread. A closed ticket has nothing: closing it
    answered what stood in it.
    """
    read = Participant.objects.filter(user=user, conversation=OuterRef("conversation")).values("last_read")
    key = Coalesce(Subquery(read, output_field=BigIntegerField()), Value(0), output_field=BigIntegerField())
    rows = Ticket.objects.visible_to(user).annotate(read_key=key)
    owner = answerers().filter(pk=OuterRef("conversation__assignee"))
    return rows.annotate(has_unread=_if_active(Exists(_unread_messages()), Value(False)), has_owner=Exists(owner))


def unread_in_row() -> Case:
    """How much is unread in a row of `tickets`, counted up to what a badge shows."""
    return _if_active(CountOf(_unread_messages().values("pk")[:MAX_UNREAD]), Value(0))


def _if_active(then: Exists | CountOf, otherwise: Value) -> Case:
    return Case(When(ACTIVE, then=then), default=otherwise)


def _unread_messages() -> QuerySet[Message]:
    """What the person of a ticket (one of `tickets`, the outer row) wrote since its reader read it."""
    own = Message.objects.filter(conversation=OuterRef("conversation"), author=OuterRef("person"), deleted=None)
    return own.filter(key__gt=OuterRef("read_key")).order_by()


def condition(view: str, user: User) -> Q:
    """Which tickets a view shows."""
    if view == "unread":
        return Q(has_unread=True)
    if view == "mine":
        return ACTIVE & Q(conversation__assignee=user)
    if view == "unassigned":
        return ACTIVE & Q(has_owner=False)
    if view == "open":
        return Q(status__in=[Status.NEW, Status.OPEN, Status.WAITING])
    return Q(pk__isnull=False) if view == "all" else Q(status=view)


def counts(user: User) -> dict[str, int]:
    """How many tickets each view has; one query."""
    return tickets(user).aggregate(**{view: Count("pk", filter=condition(view, user)) for view in VIEWS})


def unread_count(user: User) -> int:
    """In how many tickets that are this person's or nobody's something waits to be read."""
    whose = condition("mine", user) | condition("unassigned", user)
    return tickets(user).filter(condition("unread", user) & whose).count()
