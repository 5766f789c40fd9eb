"""Before what can't be undone or shows much, whoever has the session confirms that they are its owner.

A view calls `ask_again` once it knows that the person may. If nothing was confirmed lately, what they sent waits in
their session under a key of its own, and they are led to confirm with a password, a code or a passkey. Then it goes
on. Passwords and files don't wait: the page asks for them again.
"""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.urlkit import script_aware_resolve
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from apps.core.htmx import wants_fragment

SESSION_KEY = "reauthentication"
FIELD = "again"
# Tabs of one browser that may wait at once, what each may have sent, and how long it waits.
MOST = 4
MAX_CHARACTERS = 200_000
KEPT_SECONDS = 15 * 60
SECRET = re.compile(r"(csrfmiddlewaretoken|(old|new)?_?password\d?)$")
READS = {"GET", "HEAD"}


class ConfirmationRequired(ReauthenticationRequired):  # type: ignore[misc]
    """What was asked for goes on once its sender has confirmed: here, or sent by their browser once more."""

    def __init__(self, *, resend: bool = False) -> None:
        super().__init__()
        self.resend = resend


def ask_again(request: HttpRequest, *, resend: bool = False) -> None:
    """Go on only if this person has confirmed lately that it's them; else they are asked to, and it goes on after that.

    `resend` is for a view that answers with a page or a file, not by leading to another page: the browser then sends it
    once more, so that the page stands under its own address, and a file doesn't leave it where the password was typed.
    """
    if is_reauthentication_required(request, app="allauth.account"):
        raise ConfirmationRequired(resend=resend)


class ReauthenticationMiddleware:
    """Answers `ask_again`, and allauth's own views that ask for the same, in place of allauth's middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the view."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Lead whoever has to confirm to where they can."""
        if not isinstance(exception, ReauthenticationRequired) or not request.user.is_authenticated:
            return None
        return _suspend(request, resend=getattr(exception, "resend", False))


def _suspend(request: HttpRequest, *, resend: bool) -> HttpResponse:
    key, back = secrets.token_urlsafe(9), _came_from(request)
    sent = _sent(request) if request.method == "POST" or (resend and request.method == "GET") else None
    kept = {"at": int(time.time()), "back": back, "sent": sent, "resend": resend, "opens": request.method in READS}
    request.session[SESSION_KEY] = dict([*_waiting(request).items(), (key, kept)][-MOST:])
    leads_to = request.get_full_path() if request.method in READS else back or request.path
    way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    url = f"{way}?{urlencode({'next': leads_to, FIELD: key})}"
    if wants_fragment(request):
        # htmx would put the page that a redirect leads to into this one.
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _waiting(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """What waits in this session and isn't too old, by its key."""
    oldest = time.time() - KEPT_SECONDS
    return {key: kept for key, kept in request.session.get(SESSION_KEY, {}).items() if kept["at"] > oldest}


def _came_from(request: HttpRequest) -> str:
    """The page of ours that the person was on; empty if the browser doesn't say."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}):
        return ""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "" if "/reauthenticate/" in path else path


def _sent(request: HttpRequest) -> dict[str, Any] | None:
    """What can be sent once more; None if it is more than is kept."""
    posted = request.method == "POST"
    lists = (request.POST if posted else request.GET).lists()
    fields = [(name, value) for name, values in lists for value in values if not SECRET.match(name)]
    if sum(len(name) + len(str(value)) for name, value in fields) > MAX_CHARACTERS:
        return None
    path = request.get_full_path() if posted else request.path
    return {"method": "post" if posted else "get", "path": path, "fields": fields}


def back(request: HttpRequest) -> str:
    """Where the person was before they were asked to confirm; their home page if that isn't known."""
    kept = _waiting(request).get(key_of(request), {})
    return str(kept.get("back") or "/")


def resume(request: HttpRequest) -> HttpResponse | None:
    """After it was confirmed: what comes of what waits, or None where there is only a page to go to."""
    waiting = _waiting(request)
    kept = waiting.pop(key_of(request), None)
    request.session[SESSION_KEY] = waiting
    if kept and kept["sent"]:
        return _resend(request, kept) if kept["resend"] else _go_on(request, kept["sent"])
    if key_of(request) and not (kept and kept["opens"]):
        messages.info(request, "Thank you. Nothing has changed yet: please do it once more.")
    return None


def _resend(request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
    """A page that has the browser send it once more, and says so in case it doesn't."""
    answer = render(request, "account/reauthenticated.html", {**kept["sent"], "back": kept["back"] or "/"})
    add_never_cache_headers(answer)
    return answer


def _go_on(request: HttpRequest, sent: dict[str, Any]) -> HttpResponse:
    """What its view answers now."""
    path, _, query = sent["path"].partition("?")
    match = script_aware_resolve(path)
    request.path, request.path_info, request.resolver_match = path, path, match
    request.META = request.META | {"QUERY_STRING": query}
    request.GET = QueryDict(query)
    request.POST = QueryDict(urlencode(sent["fields"]))
    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return answer


def key_of(request: HttpRequest) -> str:
    """Under which key something waits for this confirmation; empty if nothing does."""
    return request.POST.get(FIELD) or request.GET.get(FIELD, "")


def with_key(request: HttpRequest, url: str) -> str:
    """Another way to confirm, for what waits."""
    key = key_of(request)
    return f"{url}{'&' if '?' in url else '?'}{urlencode({FIELD: key})}" if key else url
