"""The inbox of those who answer: the list, and a ticket beside it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations.threads import END, Place, number
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list
from apps.support import actions, bulk, policies, presence
from apps.support.desk import Desk
from apps.support.inbox import unread_count
from apps.support.listing import TicketList
from apps.support.models import Label, Ticket, answerers
from apps.support.shift import Shift
from apps.support.snoozing import choices

# Parts of a ticket's page that show themselves anew.
PARTS = {
    "head": "support/inbox/_head.html",
    "context": "support/inbox/_context.html",
    "toast": "support/inbox/_new_toast.html",
}


def answerer(request: HttpRequest) -> User:
    """Who asks; there is no inbox for anyone who doesn't answer."""
    user = signed_in(request)
    if not policies.can_answer(user):
        raise Http404
    return user


def ticket_of(user: User, pk: int) -> Ticket:
    """A ticket that this person may see."""
    return get_object_or_404(
        Ticket.objects.visible_to(user).select_related("conversation__assignee", "person", "topic"), pk=pk
    )


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The list: `view`, `topic`, `label`, words in `q`, `sort`, `page`; `keep` is the ticket that is open beside it."""
    user = answerer(request)
    context: dict[str, Any] = {"people": answerers(), "labels": Label.objects.all(), "snoozes": choices()}
    response = render_list(request, TicketList(user, request.GET), "support/inbox/inbox.html", **context)
    if "keep" in request.GET:  # The page that refreshes its list stays where it is.
        response.headers.pop("HX-Replace-Url", None)
    return response


@require_safe
def ticket_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket with its list; for htmx the ticket alone, or a `part` of it. `at` opens it around a message."""
    user = answerer(request)
    try:
        place = Place(around=number(request.GET["at"])) if "at" in request.GET else END
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    listing = TicketList(user, request.GET)
    desk = Desk(ticket_of(user, pk), user, place, listing.own_query)
    if part := PARTS.get(request.GET.get("part", "")):
        return render(request, part, {"desk": desk, "ticket": desk.ticket})
    context = {"desk": desk, "ticket": desk.ticket, "listing": listing, "base": "shell.html", "thread": desk.thread}
    return render_part(request, "support/inbox/ticket_detail.html", "support/inbox/_ticket.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def shift_edit(request: HttpRequest) -> HttpResponse:
    """One's own shift: who is here; POST says that one is `away` (1, or 0), or puts `all` one's tickets back."""
    user, outcome = answerer(request), None
    if request.POST.get("away") in {"0", "1"}:
        actions.set_away(user, away=request.POST["away"] == "1")
    elif "all" in request.POST:
        outcome = bulk.end_shift(user)
        if not wants_fragment(request):
            messages.success(request, outcome.said)
    if request.method == "POST" and not wants_fragment(request):
        return redirect("support:shift_edit")
    context = {"shift": Shift(user), "outcome": outcome}
    return render_part(request, "support/inbox/shift_edit.html", "support/inbox/_shift_changed.html", context)


@require_safe
def inbox_unread(request: HttpRequest) -> HttpResponse:
    """The number beside Inbox as it is now."""
    user = answerer(request)
    presence.mark_here(request)
    return render(request, "support/inbox/_unread.html", {"unread": str(unread_count(user) or "")})
