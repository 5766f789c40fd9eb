"""What every answer says about itself, beside what Django's own middleware has it say."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# For what is no page: whatever it holds, a browser that is led to it runs nothing and loads nothing.
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; sandbox"
# Nothing of other sites may be let in by these, whatever the answer is.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # An address of ours may hold a key, of an invitation or of a new password.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # No other site shows our pictures or counts our bytes, signed in as its visitor.
    "Cross-Origin-Resource-Policy": "same-origin",
    # On a shared computer Back shows nobody's pages after they signed out, and no disk keeps them. What it costs: Back
    # asks the server, where Chromium would have kept the page as it was (with `private, no-cache` it does).
    "Cache-Control": "private, no-store",
}


class HeadersMiddleware:
    """Sets what isn't set yet; outside of all that may refuse a request, so that refusals have it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = add_always(self.get_response(request))
        if getattr(request, "signs_out", False):
            # What pages kept for speed, pictures above all, goes with the session.
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


def add_always(response: HttpResponse) -> HttpResponse:
    """The answer with what it doesn't say yet."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    return response


def static_headers(headers: dict[str, str], path: str, url: str) -> None:
    """WhiteNoise's files: a style or a script has no use for a page's long policies."""
    headers["Content-Security-Policy"] = NO_PAGE


def of_streams() -> list[tuple[bytes, bytes]]:
    """The same for an answer that doesn't pass through Django's middleware."""
    said = ALWAYS | {"Content-Security-Policy": NO_PAGE, "X-Frame-Options": "DENY"}
    if settings.SECURE_HSTS_SECONDS:
        said["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return [(name.lower().encode(), value.encode()) for name, value in said.items()]
