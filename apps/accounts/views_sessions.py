"""Where one is signed in: a list, and signing out there."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import browsers, sessions
from apps.accounts.people import signed_in
from apps.core.htmx import render_part, wants_fragment


@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """The browsers in which this person is signed in."""
    return _list(request)


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out in another browser. This one has a button of its own."""
    user = signed_in(request)
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    sessions.end(user, get_object_or_404(others, pk=pk))
    return _said(request, "Signed out there.")


@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    sessions.end_others(request, signed_in(request))
    return _said(request, "Signed out everywhere else.")


def _said(request: HttpRequest, text: str) -> HttpResponse:
    if wants_fragment(request):
        return _list(request, text)
    messages.success(request, text)
    return redirect("accounts:session_list")


def _list(request: HttpRequest, said: str = "") -> HttpResponse:
    rows = sessions.of(request, signed_in(request))
    for row in rows:
        row.browser = browsers.named(row.user_agent)
        row.is_here = row.session_key == request.session.session_key
    return render_part(request, "accounts/sessions.html", "accounts/_sessions.html", {"sessions": rows, "said": said})
