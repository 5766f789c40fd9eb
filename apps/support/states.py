"""The states of a ticket: which event leads from where to where. Nothing else moves a ticket.

But Undo, which puts it back to where it stood (`actions/undoing.py`).
"""

from django.db import models


class Status(models.TextChoices):
    """Where a ticket stands."""

    NEW = "new", "New"
    OPEN = "open", "Open"
    WAITING = "waiting", "Waiting for the person"
    SNOOZED = "snoozed", "Snoozed"
    CLOSED = "closed", "Closed"


class Event(models.TextChoices):
    """What happens to a ticket."""

    ASKED = "asked", "the person wrote"
    ANSWERED = "answered", "staff answered"
    WITHDRAWN = "withdrawn", "staff took their answer back"
    TAKEN = "taken", "it was assigned"
    SNOOZED = "snoozed", "it was snoozed"
    WOKEN = "woken", "the snooze ended"
    CLOSED = "closed", "it was closed"
    REOPENED = "reopened", "it was reopened"


# An event that a state doesn't list can't happen there. A last word of staff in a closed ticket leaves it closed.
TABLE: dict[Event, dict[Status, Status]] = {
    Event.ASKED: {
        Status.NEW: Status.NEW,
        Status.OPEN: Status.OPEN,
        Status.WAITING: Status.OPEN,
        Status.SNOOZED: Status.OPEN,
        Status.CLOSED: Status.OPEN,
    },
    Event.ANSWERED: {
        Status.NEW: Status.WAITING,
        Status.OPEN: Status.WAITING,
        Status.WAITING: Status.WAITING,
        Status.SNOOZED: Status.WAITING,
        Status.CLOSED: Status.CLOSED,
    },
    Event.WITHDRAWN: {Status.WAITING: Status.OPEN},
    Event.TAKEN: {
        Status.NEW: Status.OPEN,
        Status.OPEN: Status.OPEN,
        Status.WAITING: Status.WAITING,
        Status.SNOOZED: Status.SNOOZED,
        Status.CLOSED: Status.CLOSED,
    },
    Event.SNOOZED: {
        Status.NEW: Status.SNOOZED,
        Status.OPEN: Status.SNOOZED,
        Status.WAITING: Status.SNOOZED,
        Status.SNOOZED: Status.SNOOZED,
    },
    Event.WOKEN: {Status.SNOOZED: Status.OPEN},
    Event.CLOSED: {
        Status.NEW: Status.CLOSED,
        Status.OPEN: Status.CLOSED,
        Status.WAITING: Status.CLOSED,
        Status.SNOOZED: Status.CLOSED,
    },
    Event.REOPENED: {Status.CLOSED: Status.OPEN},
}


def after(event: Event, status: str) -> Status | None:
    """The state that an event leads to; None where it can't happen."""
    return TABLE[event].get(Status(status))
