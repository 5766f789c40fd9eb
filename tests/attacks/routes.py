"""Every address of the site, with something in each of its places."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern

SAMPLES = {"int": "1", "str": "a1", "slug": "a1", "path": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
PLACE = re.compile(r"<(?:(\w+):)?\w+>")
GROUP = re.compile(r"\(\?P<\w+>[^()]*\)")


class Route(NamedTuple):
    """A pattern as it is written, and a path that leads there."""

    pattern: str
    path: str


def _filled(pattern: URLPattern | URLResolver) -> str:
    if isinstance(pattern.pattern, RoutePattern):
        return PLACE.sub(lambda found: SAMPLES[found[1] or "str"], str(pattern.pattern))
    return GROUP.sub("a1", str(pattern.pattern)).strip("^$").replace("\\", "")


def _walk(patterns: list[URLPattern | URLResolver], written: str, path: str) -> Iterator[Route]:
    for pattern in patterns:
        here = (written + str(pattern.pattern), path + _filled(pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, *here)
        else:
            yield Route(*here)


def routes() -> list[Route]:
    """All of them, allauth's and the admin's too."""
    found = list(_walk(get_resolver().url_patterns, "", "/"))
    for route in found:
        resolve(route.path)  # Raises where nothing is: a walk that went astray would check nothing.
    return found
