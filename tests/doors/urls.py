"""Every address of the project, as Django resolves it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from allauth.account.views import logout
from django.urls import URLPattern, URLResolver, get_resolver


class Address(NamedTuple):
    """One route, by the name under which it is reversed (one without a name: by the route itself)."""

    name: str
    route: str
    takes: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_admins(self) -> bool:
        """Is it one of the Django admin's own?"""
        return self.route.startswith("admin/") and self.view is not logout


def addresses(resolver: URLResolver | None = None, before: str = "", spaces: str = "") -> Iterator[Address]:
    """All of them, those of what is included too."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route, f"{spaces}{entry.namespace}:" if entry.namespace else spaces)
        elif isinstance(entry, URLPattern):
            takes = tuple(entry.pattern.converters or entry.pattern.regex.groupindex)
            yield Address(f"{spaces}{entry.name}" if entry.name else f"/{route}", route, takes, entry.callback)
