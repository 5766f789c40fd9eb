"""Pages are for people who are signed in, and dates are on their clock and in their language."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.accounts import sign_in
from apps.accounts.region import clock_and_language
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


class SigningInMiddleware:
    """Who is on the way in starts again if their password, address or access has changed since they began."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forget the sign-in, and lead from its pages to the login page with the reason."""
        if sign_in.end_if_changed(request) and request.path.startswith("/accounts/"):
            messages.warning(request, "Your account has changed meanwhile. Sign in again.")
            return redirect("account_login")
        return self.get_response(request)


class RegionMiddleware:
    """Dates and numbers are shown and entered as the reader writes them, on their own clock.

    Where they chose neither it is their browser's language, and the academy's time zone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate both for this request alone."""
        with clock_and_language(request.user, request.headers.get("Accept-Language", "")):
            return self.get_response(request)
