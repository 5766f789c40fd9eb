"""Pages are for people who are signed in, and dates are in their time zone."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.core.views import typed_text


class SignedInMiddleware(LoginRequiredMiddleware):
    """Django's own, but a form sent after the session ended loses nothing that was typed.

    htmx gets a 401 (its page keeps the text and offers to sign in); a plain form post gets a page that shows the text.
    """

    def handle_no_permission(  # type: ignore[override]  # the stubs know only a redirect
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        """Send a reader to the login page; answer a writer with what they wrote."""
        if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
            return render(request, "accounts/_signed_out.html", status=401)
        if request.method not in {"GET", "HEAD"}:
            return render(request, "accounts/signed_out.html", {"typed": typed_text(request)}, status=401)
        return super().handle_no_permission(request, view_func)


class TimeZoneMiddleware:
    """Dates are shown and entered in the reader's own time zone, the academy's where they chose none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the zone for this request alone."""
        name = getattr(request.user, "time_zone", "")
        if not name:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(name)):
            return self.get_response(request)
