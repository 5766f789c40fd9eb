"""Around each request: its id, where it comes from, its line in the log, its place in the metrics."""

import logging
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core import logs, metrics
from apps.core.addresses import asking, client_address, from_proxy
from apps.core.headers import NO_PAGE, add_always
from apps.core.requests import forget_unreadable_url, reads_as_utf8

log = logging.getLogger("homeroom.access")


class RequestMiddleware:
    """The outermost: what the others refuse is counted and told too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the request's id in X-Request-ID."""
        forget_unreadable_url(request)
        name = _name(request)
        token = logs.request_id.set(name)
        address = client_address(request)
        who = asking.set(str(address) if address else None)
        try:
            with metrics.request_clock():
                response = self.get_response(request) if reads_as_utf8(request) else refuse_charset()
                _tell(request, response)
        finally:
            asking.reset(who)
            logs.request_id.reset(token)
        response.headers["X-Request-ID"] = name
        return response


def refuse_charset() -> HttpResponse:
    """The answer to a form that isn't in UTF-8 (RFC 9110, 15.5.16)."""
    text = "Send this in UTF-8.\n"
    response = HttpResponse(text, status=415, content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = NO_PAGE
    return add_always(response)


def _name(request: HttpRequest) -> str:
    """The id that a proxy of ours gave this request, else one of our own."""
    given = request.headers.get("X-Request-ID", "")
    if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) and from_proxy(request):
        return given
    return uuid.uuid4().hex


def _tell(request: HttpRequest, response: HttpResponse) -> None:
    """Count the answer, and write a line about it; neither has what a person typed into the address."""
    seconds = metrics.since_request() or 0.0
    match = request.resolver_match
    view = match.view_name if match else "none"
    metrics.requests.labels(view, f"{response.status_code // 100}xx").inc()
    metrics.request_seconds.labels(view).observe(seconds)
    # Whoever asked the database who this is left it here; asking now would cost a query.
    user = getattr(request, "_cached_user", None)
    method = request.method if request.method in KNOWN_METHODS else "other"
    about = {"method": method, "view": view, "status": response.status_code, "ms": round(seconds * 1000, 1)}
    log.info("%s %s %s", method, view, response.status_code, extra=about | {"user": user and user.pk})


KNOWN_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
