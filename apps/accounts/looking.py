"""An admin looks as another person: sees the pages as that person sees them, and can write nothing.

The look is a note in the admin's own session, which stays the admin's: each request asks again whether the note still
holds. While it does, `request.user` is the other person and `request.looker` the admin; only what reads is let through,
and the database takes no write whatever a view tries. What is somebody's alone (their settings, what they say to one
person in private) stays theirs.
"""

import re
import time
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.accounts import audit, policies
from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment

MINUTES = 30
# Of the addresses that were opened in one look, so many are recorded.
MAX_PAGES = 200
KEY = "looking_as"
READS = re.compile(r"[\s(]*(SELECT|PRAGMA|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|SET)\b", re.IGNORECASE)
# What finds messages begins so.
READS_WITH = re.compile(r"\s*WITH\b(?!.*\b(INSERT|UPDATE|DELETE|MERGE)\b)", re.IGNORECASE | re.DOTALL)
# The admin's own session goes on, and is known to.
OWN_SESSION = re.compile(
    r'\s*((INSERT INTO|UPDATE|DELETE FROM) "django_session"|UPDATE "usersessions_usersession" SET "last_seen_at")',
    re.IGNORECASE,
)


_open: set[str] = set()


def open_to_looks(*names: str) -> None:
    """Name the views of an app (`students:student_detail`) that an admin who looks may read; all others are closed.

    What is a person's own, what leaves the house as a file, and an admin's work stay closed: none of them is a part of
    how the academy looks to somebody. Called once by the app, when it is ready.
    """
    _open.update(names)


class LookedRequest(HttpRequest):
    """A request as the middleware leaves it: the admin who looks, and why the look is over."""

    looker: User | None
    look_is_over: str


class WriteRefusedError(PermissionDenied):
    """A page that was to be read tried to write."""


def begin(request: HttpRequest, actor: User, person: User) -> None:
    """Let `actor` look as this person, in this session; raises PermissionDenied."""
    if not policies.can_look_as(actor, person):
        raise PermissionDenied("You can't look as this person.")
    audit.record(actor, "look.started", person, minutes=MINUTES)
    request.session[KEY] = {"user": person.pk, "since": int(time.time())}


def end(request: HttpRequest, actor: User | AnonymousUser, why: str) -> int | None:
    """End the look of this session, if there is one; returns the id of who was looked as."""
    note = request.session.pop(KEY, None)
    if note is None:
        return None
    person = User.objects.filter(pk=note["user"]).first()
    seconds = int(time.time()) - note["since"]
    by = actor if isinstance(actor, User) else None
    audit.record(by, "look.ended", person, seconds=seconds, why=why, pages=note.get("pages", []))
    return int(note["user"])


class LookMiddleware:
    """Answers as for the other person while the look holds; right behind the one that says who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Swap the person, unless this is a way out or the look is over."""
        request = cast(LookedRequest, request)
        request.looker, request.look_is_over = None, ""
        note = request.session.get(KEY)
        if note is None or request.path == reverse("people:look_end"):
            return self.get_response(request)
        if request.method == "POST" and request.path in {reverse("account_logout"), "/admin/logout/"}:
            end(request, request.user, "signed out")
            return self.get_response(request)
        person = User.objects.filter(pk=note["user"]).first()
        request.look_is_over = _over(request.user, person, note["since"])
        if person is None or request.look_is_over:
            return self.get_response(request)
        person.looked_as = True
        request.looker, request.user = signed_in(request), person
        with connection.execute_wrapper(_refuse_writes):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse what isn't a part of looking."""
        request = cast(LookedRequest, request)
        if request.look_is_over:
            end(request, request.user, request.look_is_over)
            return _tell_over(request)
        if not request.looker:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if request.method not in {"GET", "HEAD"}:
            return _refuse(request, "Nothing can be written.")
        if name not in _open:
            return _refuse(request, "This page is theirs alone, or yours: end the look to go there.")
        _keep_page(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A view that tried to write has written nothing; say so as for any other attempt."""
        return _refuse(request, "Nothing can be written.") if isinstance(exception, WriteRefusedError) else None


def _keep_page(request: HttpRequest) -> None:
    """Remember in the session that this was opened: the end of the look records what was read in it."""
    note = request.session[KEY]
    pages: list[str] = note.setdefault("pages", [])
    if request.path not in pages and len(pages) < MAX_PAGES:
        pages.append(request.path)
        request.session.modified = True


def _over(admin: User | AnonymousUser, person: User | None, since: int) -> str:
    """Why the look holds no longer; empty while it does."""
    if person is None:
        return "gone"
    if isinstance(admin, AnonymousUser) or not policies.can_look_as(admin, person):
        return "rights"
    return "time" if time.time() - since > MINUTES * 60 else ""


def _refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if READS.match(sql) or READS_WITH.match(sql) or OWN_SESSION.match(sql):
        return execute(sql, params, many, context)
    raise WriteRefusedError("Nothing is written while an admin looks as somebody.")


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "accounts/look_refused.html", {"reason": reason}, status=403)


def _tell_over(request: HttpRequest) -> HttpResponse:
    """The page that is open shows somebody else's view: nothing it asks for is done as the admin."""
    if request.method in {"GET", "HEAD"} and not wants_fragment(request):
        messages.info(request, "The look has ended: you see Homeroom as yourself again.")
        return redirect("/")
    return render(request, "accounts/look_over.html", status=403)
