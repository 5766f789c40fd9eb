"""A ticket's log in words. Names come from the rows as they are now; the log itself holds ids."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model

from apps.accounts.models import User
from apps.core.formats import day_and_time
from apps.support.models import Label, Priority, Ticket, TicketLog, Topic
from apps.support.states import Event

MOST = 40


class Line(NamedTuple):
    """One thing that happened: when, and who did what."""

    at: datetime
    who: str
    did: str


class Names:
    """The names of what a log mentions: three queries, however long it is."""

    def __init__(self, rows: Iterable[TicketLog]) -> None:
        details = [(row.event, row.detail) for row in rows]
        people = {detail.get("to") for _, detail in details}
        topics = {detail.get(key) for event, detail in details if event in {"topic", "began"} for key in _KEYS}
        labels = {pk for _, detail in details for key in ("added", "removed") for pk in detail.get(key, [])}
        self.people = _named(User, people)
        self.topics = _named(Topic, topics)
        self.labels = _named(Label, labels)

    def person(self, pk: Any) -> str:
        """A person's name."""
        user = self.people.get(pk)
        return user.full_name if isinstance(user, User) else "somebody"

    def all_labels(self, pks: list[int]) -> str:
        """Labels by name; what was deleted is not mentioned."""
        return ", ".join(str(self.labels[pk]) for pk in pks if pk in self.labels) or "a label"


_KEYS = ("topic", "old", "new")


def lines(ticket: Ticket) -> list[Line]:
    """What happened, the newest first."""
    rows = list(ticket.log.select_related("actor").order_by("-pk")[:MOST])
    names = Names(rows)
    return [Line(row.at, row.actor.full_name if row.actor else "", _words(row, names)) for row in rows]


def line_of(row: TicketLog) -> tuple[str, str]:
    """Who did what in one line of the log; what happened by itself is nobody's, and a sentence's middle."""
    did = _words(row, Names([row]))
    return (row.actor.full_name, did) if row.actor else ("", did[:1].lower() + did[1:])


def _words(row: TicketLog, names: Names) -> str:
    if sentence := _SENTENCES.get(row.event):
        return sentence(row, names)
    return _PLAIN.get(row.event, row.event)


_PLAIN = {
    "began": "asked",
    Event.ASKED: "wrote again",
    Event.ANSWERED: "answered",
    Event.CLOSED: "closed it",
    Event.REOPENED: "reopened it",
    "returned": "put it back into the queue",
    "transcript": "sent the conversation to its person by e-mail",
}


def _taken(row: TicketLog, names: Names) -> str:
    to = row.detail.get("to")
    return "took it" if to == row.actor_id else f"gave it to {names.person(to)}"


def _snoozed(row: TicketLog, _: Names) -> str:
    until = row.detail.get("until")
    return f"snoozed it until {day_and_time(datetime.fromisoformat(until))}" if until else "snoozed it"


def _woken(row: TicketLog, _: Names) -> str:
    return "ended the snooze" if row.actor_id else "The snooze ended"


def _returned(row: TicketLog, _: Names) -> str:
    return "put it back into the queue" if row.actor_id else "It went back to the queue"


def _priority(row: TicketLog, _: Names) -> str:
    priorities = dict(Priority.choices)
    return f"set the priority to {str(priorities.get(row.detail.get('new'), 'another')).lower()}"


def _topic(row: TicketLog, names: Names) -> str:
    topic = names.topics.get(row.detail.get("new"))
    return f"set the topic to {topic}" if topic else "removed the topic"


def _labels(row: TicketLog, names: Names) -> str:
    added, removed = row.detail.get("added", []), row.detail.get("removed", [])
    did = [f"added {names.all_labels(added)}"] if added else []
    return " and ".join([*did, *([f"removed {names.all_labels(removed)}"] if removed else [])])


_UNDONE = {
    Event.CLOSED: "the closing",
    Event.REOPENED: "the reopening",
    Event.SNOOZED: "the snooze",
    Event.WOKEN: "the end of the snooze",
}


def _undone(row: TicketLog, _: Names) -> str:
    return f"undid {_UNDONE.get(row.detail.get('of', ''), 'the assignment')}"


_SENTENCES: dict[str, Callable[[TicketLog, Names], str]] = {
    Event.TAKEN: _taken,
    Event.SNOOZED: _snoozed,
    Event.WOKEN: _woken,
    "returned": _returned,
    "priority": _priority,
    "topic": _topic,
    "labels": _labels,
    "undone": _undone,
}


def _named(model: type[Model], pks: set[Any]) -> dict[Any, Model]:
    wanted = [pk for pk in pks if isinstance(pk, int)]
    return {row.pk: row for row in model._default_manager.filter(pk__in=wanted)} if wanted else {}
