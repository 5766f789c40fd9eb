"""The types of notifications. The app that owns a type declares it here when it is ready; nobody else knows it.

A declaration says what the type is called, by which ways it comes unless a person chooses otherwise, how it reads, and
three things that its owner alone knows: whom to tell, what a row is about now, and who has seen it already.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.notifications.models import Event, Notification, Way


@dataclass(frozen=True)
class Found:
    """What a notification is about, as its reader may see it now.

    `url` is its exact place, `text` an excerpt, `about` whom or what it concerns (empty where that goes without
    saying); `more` is what the type's template wants besides. `muted` says that the reader wants no mail about it.
    """

    url: str
    text: str = ""
    about: str = ""
    muted: bool = False
    more: dict[str, Any] = field(default_factory=dict)


# Takes a reader and rows of theirs, all of this type; returns what each is about, by the row's id, in a number of
# queries that doesn't grow. What isn't in it is gone, or no longer theirs to see.
Find = Callable[[User, Sequence[Notification]], dict[int, Found]]


class Recipients(Protocol):
    """Whom an event of this type concerns."""

    def __call__(self, event: Event, after: int, most: int) -> Sequence[int]:
        """The next ids, in order, that are greater than `after`: `most` at most, fewer only at the end."""


# Takes an event; returns what it is about in words for anyone whom it concerns, None where that is gone.
Show = Callable[[Event], Found | None]


def looked_up[Thing](
    things: Callable[[User | None, list[int]], Mapping[int, Thing]], found: Callable[[Thing, User | None], Found]
) -> tuple[Find, Show]:
    """`find` and `show` of a type whose rows are about one thing each, known by its id.

    `things` takes a reader and ids, and returns those that this reader may see now; without a reader those that are
    there. `found` says what one of them is to its reader.
    """

    def find(user: User, notices: Sequence[Notification]) -> dict[int, Found]:
        rows = things(user, [notice.thing for notice in notices])
        return {notice.pk: found(rows[notice.thing], user) for notice in notices if notice.thing in rows}

    def show(event: Event) -> Found | None:
        rows = things(None, [event.thing])
        return found(rows[event.thing], None) if event.thing in rows else None

    return find, show


# Takes an event and ids; returns those of the people who have seen what it is about.
Seen = Callable[[Event, Sequence[int]], Iterable[int]]

USUAL_DELAY = timedelta(minutes=5)


@dataclass(frozen=True)
class NotificationType:
    """One type. `ways` are those it comes by unless a person chooses otherwise, `always` those nobody can turn off.

    `template` is one line of HTML, with `notice`, `found` and `count`; mails say the same as text. Its toast is shown
    to who is here if it is `urgent`. A mail leaves after `delay`, if it is still unread then. `label` stands in the
    table of preferences, `about` under it, and `why` answers "why did I get this?".
    """

    name: str
    label: str
    about: str
    why: str
    icon: str
    template: str
    find: Find
    show: Show
    ways: frozenset[str] = frozenset({Way.PAGE, Way.EMAIL})
    offered: frozenset[str] = frozenset(Way.values)
    always: frozenset[str] = frozenset()
    urgent: bool = False
    delay: timedelta = USUAL_DELAY
    recipients: Recipients | None = None
    # Of those whom an event names itself, who may still see what it is about when they are told; None is all of them.
    readers: Seen | None = None
    seen: Seen | None = None
    # Whom it can concern at all.
    roles: frozenset[str] = frozenset(Role.values)
    # Whoever reads of it by mail may want to answer: its link says so.
    reply: bool = False
    # Its place in the list of preferences: lower numbers come first, equal ones as they were registered.
    order: int = 50
    # Several unread of one `about` are one line: "5 new messages about Mariana".
    grouped: bool = False


_types: dict[str, NotificationType] = {}


def register(kind: NotificationType) -> None:
    """Declare a type; called once, when the owning app is ready."""
    _types[kind.name] = kind
    in_order = sorted(_types.values(), key=lambda each: each.order)
    _types.clear()
    _types.update({each.name: each for each in in_order})


def get(name: str) -> NotificationType:
    """A type by its name; KeyError if no app declares it."""
    return _types[name]


# Takes a person; returns what (as `about` names it) is between others, so that the ledger doesn't tell them of it.
Private = Callable[[User], QuerySet[Any, Any]]

_private: list[Private] = []


def keep_private(rule: Private) -> None:
    """Say what is between others; called once by the app that knows, when it is ready."""
    _private.append(rule)


def private_to_others(user: User, about: str = "about") -> Q:
    """The rows of the ledger that tell of what is between others."""
    rows = Q(pk__in=[])
    for rule in _private:
        rows |= Q(**{f"{about}__in": rule(user)})
    return rows


def known(name: str) -> bool:
    """Does an app declare this type?"""
    return name in _types


def registered() -> Iterable[NotificationType]:
    """All types, in their order."""
    return _types.values()


def of(user: User) -> list[NotificationType]:
    """The types that can concern this person."""
    return [kind for kind in _types.values() if user.role in kind.roles]
