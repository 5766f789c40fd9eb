"""Small helpers for answers to htmx."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request after django-htmx's middleware: `request.htmx` is true when htmx asked for a part of a page."""

    htmx: HtmxDetails


def wants_fragment(request: HttpRequest) -> bool:
    """htmx asks for a part of the page; a history restore or a boosted link asks for all of it."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(request: HttpRequest, page: str, part: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The part of a page when htmx asks for it, the whole page otherwise. Caches keep the two apart."""
    response = render(request, part if wants_fragment(request) else page, context, status=status)
    response.headers["Vary"] = "HX-Request"
    return response
