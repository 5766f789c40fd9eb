"""Invitations that were sent in one go: what became of them, and stopping them while their emails wait."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import sendings
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment


@require_safe
def sending_detail(request: HttpRequest, sending: UUID) -> HttpResponse:
    """What became of it so far: a page asks again when its emails leave."""
    found = _find(request, sending)
    if not wants_fragment(request):
        return redirect("accounts:invitation_list")
    return _answer(request, found)


@require_POST
def sending_stop(request: HttpRequest, sending: UUID) -> HttpResponse:
    """Take back what has not left."""
    _find(request, sending)
    stopped = sendings.stop(signed_in(request), sending)
    if not wants_fragment(request):
        messages.info(request, stopped.said)
        return redirect("accounts:invitation_list")
    return _answer(request, stopped)


def _find(request: HttpRequest, sending: UUID) -> sendings.Sending:
    found = sendings.find(signed_in(request), sending)
    if found is None:
        raise Http404
    return found


def _answer(request: HttpRequest, sending: sendings.Sending) -> HttpResponse:
    response = render(request, "accounts/_sending.html", {"sending": sending})
    response.headers["HX-Trigger"] = "invitations-changed"
    return response
