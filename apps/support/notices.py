"""The kind of notifications that support owns: a question that nobody has taken yet."""

from apps.accounts.models import Role, User
from apps.notifications import events
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.support.models import Ticket, answerers
from apps.support.presence import on_duty


def nobody_took(ticket: Ticket) -> None:
    """Tell those who answer and aren't away; all of them where all are away: somebody has to hear of it."""
    people = list(on_duty().values_list("pk", flat=True)) or list(answerers().values_list("pk", flat=True))
    title = f"Nobody has answered {ticket.person.full_name} yet"
    events.notify(
        "ticket-waits",
        f"ticket-waits-{ticket.pk}",
        title,
        thing=ticket,
        about=ticket.conversation,
        to=people,
    )


def _waiting(user: User | None, ids: list[int]) -> dict[int, Ticket]:
    """Those of these that are nobody's still: what somebody has taken or answered meanwhile needs no mail."""
    rows = Ticket.objects.unassigned().unanswered().select_related("person")
    return (rows.visible_to(user) if user else rows).in_bulk(ids) if user is None or user.sees_all else {}


def _found(ticket: Ticket, _: User | None) -> Found:
    return Found(ticket.get_absolute_url(), about=ticket.person.full_name)


_find, _show = looked_up(_waiting, _found)

TICKET_WAITS = NotificationType(
    name="ticket-waits",
    order=15,
    label="Questions that wait",
    about="Nobody has taken a question to support for a quarter of an hour.",
    why="You answer questions to support.",
    icon="inbox",
    template="support/notices/ticket_waits.html",
    find=_find,
    show=_show,
    urgent=True,
    roles=frozenset({Role.ADMIN, Role.STAFF}),
)
