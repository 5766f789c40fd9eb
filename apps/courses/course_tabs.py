"""The tabs of a course, registered by the app that owns each page when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from apps.courses.access import Access


@dataclass(frozen=True)
class Tab:
    """A page of every course, under a route that takes the course's id, for those to whom `shown` grants it.

    It is the current one on the views of its own route and of `pages`.
    """

    label: str
    route: str
    order: int
    shown: Callable[[Access], bool]
    pages: tuple[str, ...] = ()


class TabLink(NamedTuple):
    """A tab as one reader sees it on one page."""

    label: str
    url: str
    is_current: bool


_tabs: list[Tab] = []


def register(*tabs: Tab) -> None:
    """Add tabs; called once, when the owning app is ready."""
    _tabs.extend(tabs)
    _tabs.sort(key=lambda tab: tab.order)


def links(request: HttpRequest, access: Access) -> list[TabLink]:
    """The tabs for this reader; none where there would be one alone."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    shown = [tab for tab in _tabs if tab.shown(access)]
    if len(shown) < 2:
        return []
    url = access.course.pk
    return [TabLink(tab.label, reverse(tab.route, args=[url]), view in {tab.route, *tab.pages}) for tab in shown]
