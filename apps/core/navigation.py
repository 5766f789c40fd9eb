"""The places at the top of the house, registered by the app that owns each when it is ready.

A desk shows them in a sidebar, in groups; a phone shows at most five in a bar, and the others on a page of their own.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse


class Group(IntEnum):
    """The groups in their order; the last is not in the sidebar, it is what You (or More) shows of one's own."""

    DAY = 1
    TEACHING = 2
    MONEY = 3
    HOUSE = 4
    OWN = 5


@dataclass(frozen=True)
class Entry:
    """A place and who finds it where: in the sidebar `roles`, in the bar of a phone `bar`.

    One of a role's places may lead to the page of the `others`: it is the current one on their pages, too.

    It leads to `route`, or to what `find` says for this person ("" for nowhere). It is marked as the current one on
    pages of these namespaces or view names (`pages`; without any, on those of its route's namespace, except the views
    `elsewhere`, which belong to another place). One that is
    `private` is not shown while an admin looks as somebody. `badge` is a template shown beside its label: a number that
    keeps itself up to date (with `bar` for the one in a phone's bar); `tabs` one above its pages.
    """

    label: str
    icon: str
    route: str
    group: Group
    order: int
    roles: Collection[str]
    bar: Collection[str] = ()
    pages: Collection[str] = ()
    desk: bool = True
    elsewhere: Collection[str] = ()
    others: bool = False
    private: bool = False
    find: Callable[[Any], str] | None = None
    badge: str = ""
    tabs: str = ""

    def is_current(self, request: HttpRequest) -> bool:
        """Is this where the reader is?"""
        match = request.resolver_match
        pages = self.pages or {self.route.partition(":")[0]}
        if not match or match.view_name in self.elsewhere:
            return False
        return match.namespace in pages or match.view_name in pages


class Link(NamedTuple):
    """An entry as one reader sees it on one page."""

    label: str
    icon: str
    url: str
    is_current: bool
    badge: str


_entries: list[Entry] = []


def register(*entries: Entry) -> None:
    """Add places; called once, when the owning app is ready."""
    _entries.extend(entries)
    _entries.sort(key=lambda entry: (entry.group, entry.order))


def sidebar(request: HttpRequest) -> list[list[Link]]:
    """The groups of the sidebar."""
    return _grouped(request, (entry for entry in _open_to(request) if entry.desk and entry.group != Group.OWN))


def bottom_bar(request: HttpRequest) -> list[Link]:
    """The places under the thumb."""
    return _links(request, (entry for entry in _open_to(request) if _role(request) in entry.bar))


def tabs(request: HttpRequest) -> str:
    """The template of the tabs of the place where the reader is; empty where it has none."""
    return next((entry.tabs for entry in _open_to(request) if entry.tabs and entry.is_current(request)), "")


def others(request: HttpRequest) -> list[list[Link]]:
    """What a phone's bar has no room for, in groups."""
    return _grouped(request, _others(request))


def _others(request: HttpRequest) -> list[Entry]:
    return [entry for entry in _open_to(request) if entry.desk and _role(request) not in entry.bar]


def _role(request: HttpRequest) -> str:
    return getattr(request.user, "role", "")


def _open_to(request: HttpRequest) -> list[Entry]:
    looking = bool(getattr(request, "looker", None))
    return [entry for entry in _entries if _role(request) in entry.roles and not (looking and entry.private)]


def _grouped(request: HttpRequest, entries: Iterable[Entry]) -> list[list[Link]]:
    groups = (_links(request, group) for _, group in groupby(entries, key=lambda entry: entry.group))
    return [links for links in groups if links]


def _links(request: HttpRequest, entries: Iterable[Entry]) -> list[Link]:
    return [
        Link(entry.label, entry.icon, url, _is_current(request, entry), entry.badge)
        for entry in entries
        if (url := entry.find(request.user) if entry.find else reverse(entry.route))
    ]


def _is_current(request: HttpRequest, entry: Entry) -> bool:
    return entry.is_current(request) or (entry.others and any(other.is_current(request) for other in _others(request)))
