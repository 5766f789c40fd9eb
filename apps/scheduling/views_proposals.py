"""Moving by agreement: other times proposed for a lesson, and the answers. All of it stands on the lesson's page."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.limits import limited
from apps.scheduling import actions, policies
from apps.scheduling.booking_page import booking_context
from apps.scheduling.forms import add_errors, wall_time_of, zones_for
from apps.scheduling.forms_proposals import ProposalForm
from apps.scheduling.models import Booking, Proposal
from apps.scheduling.views_bookings import clashing, find_booking


def find_proposal(request: HttpRequest, pk: int) -> Proposal:
    """A proposal that this person may see; Http404 otherwise."""
    rows = Proposal.objects.visible_to(signed_in(request)).select_related("booking__teacher", "by", "answered_by")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def proposal_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that proposes other times for a lesson; POST holds them, and the lesson stays."""
    user, booking = signed_in(request), find_booking(request, pk)
    if not policies.may_propose(user, booking):
        raise Http404
    if booking.begun or not booking.is_on:
        return redirect(booking)
    zones, initial = _zones(user, booking), {"client_key": uuid.uuid4(), "zone": user.time_zone or booking.zone}
    if wanted := wall_time_of(request.GET.get("at", ""), zones):
        initial |= {"day_1": wanted["day"], "at_1": wanted["at"], "zone": wanted["zone"]}
    data = request.POST if request.method == "POST" else None
    form = ProposalForm(data, user=user, zones=zones, initial=initial)
    clash: actions.Clash | None = None
    if form.is_valid():
        said = form.cleaned_data
        terms = actions.Terms(form.times, said["word"], said.get("side", ""), said["client_key"])
        try:
            actions.propose(user, booking, terms, said["anyway"])
        except actions.Clash as error:
            clash = error
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "The times were proposed. The lesson stays where it is until they are accepted.")
            return redirect(booking)
    context = {"form": form, "booking": booking, **clashing(form, clash)}
    if clash:
        context |= {"number": clash.number or 1, "may_anyway": context["may_anyway"] and user.sees_all}
    return render(request, "scheduling/proposal_create.html", context, status=422 if form.is_bound else 200)


@require_POST
@limited("posts")
def proposal_approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the time `time`, by its number; staff may although the student has another lesson then (`anyway`)."""
    text, anyway = request.POST.get("time", ""), request.POST.get("anyway") == "1"
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
    return _answer(request, pk, lambda user, proposal: actions.accept(user, proposal, number, anyway))


@require_POST
@limited("posts")
def proposal_refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline it, perhaps with a `reason`: the lesson stays where it is."""
    return _answer(request, pk, lambda user, row: actions.refuse(user, row, request.POST.get("reason", "")))


@require_POST
@limited("posts")
def proposal_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one's own side proposed."""
    return _answer(request, pk, actions.take_back)


def _answer(request: HttpRequest, pk: int, act: Callable[[User, Proposal], object]) -> HttpResponse:
    user, proposal = signed_in(request), find_proposal(request, pk)
    try:
        act(user, proposal)
    except actions.Clash as clash:
        more = {"refused": clash.messages[0], "may_anyway": clash.code == "student" and user.sees_all}
        return _page(request, proposal.booking, more, 422)
    except ValidationError as error:
        now = find_proposal(request, pk)
        if not now.is_open and now.answered_by == user:
            # A second click on what the first has done.
            return redirect(now.booking)
        return _page(request, now.booking, {"refused": error.messages[0]}, 422)
    except PermissionDenied as error:
        return _page(request, proposal.booking, {"refused": str(error)}, 403)
    return redirect(proposal.booking)


def _page(request: HttpRequest, booking: Booking, more: dict[str, Any], status: int) -> HttpResponse:
    context = booking_context(signed_in(request), find_booking(request, booking.pk)) | more
    return render(request, "scheduling/booking_detail.html", context, status=status)


def _zones(user: User, booking: Booking) -> dict[str, str]:
    theirs = list(booking.attendees().exclude(user=None).values_list("user__time_zone", flat=True)[:2])
    return zones_for(user, booking.zone, booking.teacher.time_zone if booking.teacher else "", *theirs)
