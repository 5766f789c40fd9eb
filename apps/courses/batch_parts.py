"""What stands on the page of a batch besides, registered by the app that owns it when it is ready.

It is fetched from its own address after the page, which knows nothing else of it; without script it is a link.
"""

from typing import NamedTuple

from django.urls import reverse

from apps.courses.models import Batch


class Part(NamedTuple):
    """A part of every batch's page: the words of the link to it, and its address."""

    label: str
    url: str


_routes: list[tuple[str, str]] = []


def register(label: str, route: str) -> None:
    """Add a part, under a route that takes the batch's id; called once, when the owning app is ready."""
    _routes.append((label, route))


def parts(batch: Batch) -> list[Part]:
    """The parts of this batch's page."""
    return [Part(label, reverse(route, args=[batch.pk])) for label, route in _routes]
