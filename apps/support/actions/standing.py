"""Where a ticket stands (state, snooze, owner), kept in the log beside each act of staff for Undo."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models import Max

from apps.accounts.models import User
from apps.support.models import Ticket, TicketLog
from apps.support.states import Event

RETURNED, UNDONE = "returned", "undone"
# The lines of the log after which a ticket stands elsewhere; how it is sorted is no matter of these.
MOVES = frozenset({*Event.values, RETURNED, UNDONE})


def standing(ticket: Ticket) -> dict[str, Any]:
    """Where it stands, as the log keeps it."""
    return {
        "status": ticket.status,
        "until": ticket.snoozed_until and ticket.snoozed_until.isoformat(),
        "closed": ticket.closed_at and ticket.closed_at.isoformat(),
        "owner": ticket.conversation.assignee_id,
    }


def put(ticket: Ticket, was: dict[str, Any]) -> None:
    """Set its state and its snooze to what was kept; it isn't saved."""
    ticket.status = was["status"]
    ticket.snoozed_until = was["until"] and datetime.fromisoformat(was["until"])
    ticket.closed_at = was["closed"] and datetime.fromisoformat(was["closed"])


@contextmanager
def undoable(ticket: Ticket) -> Iterator[None]:
    """Keep where a ticket that is locked stood before what happens inside, if that moves it."""
    was, before = standing(ticket), last_move(ticket)
    yield
    line = last_move(ticket)
    if line is not None and line != before:
        line.detail["was"] = was
        line.save(update_fields=["detail"])


def last_move(ticket: Ticket) -> TicketLog | None:
    """The newest line after which it stands elsewhere."""
    return ticket.log.filter(event__in=MOVES).select_related("actor").order_by("-pk").first()


def undo_lines(tickets: Iterable[Ticket], actor: User) -> list[int]:
    """The newest line of each ticket that this actor can undo, by id; one query."""
    rows = TicketLog.objects.filter(ticket__in=list(tickets), actor=actor, detail__has_key="was").order_by()
    return sorted(rows.values("ticket").annotate(line=Max("pk")).values_list("line", flat=True))
