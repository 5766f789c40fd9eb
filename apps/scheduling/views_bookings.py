"""One lesson: booked, looked at, moved, called off. One that a person may not see is not found."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.core.limits import limited
from apps.scheduling import actions, policies
from apps.scheduling.booking_page import booking_context
from apps.scheduling.forms import BookingForm, RescheduleForm, add_errors, zones_for
from apps.scheduling.models import Booking


def find_booking(request: HttpRequest, pk: int) -> Booking:
    """A lesson that this person may see; Http404 otherwise."""
    rows = Booking.objects.visible_to(signed_in(request))
    return get_object_or_404(rows.select_related("teacher", "room", "batch", "course", "called_off_by"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def booking_create(request: HttpRequest) -> HttpResponse:
    """A form for a new lesson; POST books it. `?day=`, `?at=`, `?teacher=` and `?students=` fill it in."""
    user = signed_in(request)
    if not policies.may_book(user):
        raise Http404
    zones = zones_for(user)
    if request.method != "POST":
        initial = {name: request.GET.get(name, "") for name in ("day", "at", "teacher", "students")}
        form = BookingForm(user=user, zones=zones, initial={**initial, "client_key": uuid.uuid4()})
        return _form(request, form)
    form = BookingForm(request.POST, user=user, zones=zones)
    clash: actions.Clash | None = None
    if form.is_valid():
        wanted = dict(form.cleaned_data)
        anyway = wanted.pop("anyway")
        try:
            booking = actions.book(user, actions.Lesson(**wanted | {"students": tuple(wanted["students"])}), anyway)
        except actions.Clash as error:
            clash = error
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "The lesson is in the calendar.")
            return redirect(booking)
    return _form(request, form, clash, 422)


def _form(
    request: HttpRequest, form: BookingForm, clash: actions.Clash | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "scheduling/booking_create.html", {"form": form, **clashing(form, clash)}, status=status)


def clashing(form: Form, clash: actions.Clash | None) -> dict[str, Any]:
    """What a form says of a clash: the nearest times on its clock, and whether staff may book it anyway."""
    if clash is None:
        return {}
    zone = ZoneInfo(form.cleaned_data["zone"])
    nearest: list[datetime] = [each.astimezone(zone).replace(tzinfo=None) for each in clash.nearest]
    return {"clash": clash, "nearest": nearest, "may_anyway": clash.code == "student"}


@require_http_methods(["GET", "HEAD"])
def booking_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One lesson; for htmx what stands on its page."""
    booking = find_booking(request, pk)
    context = booking_context(signed_in(request), booking)
    return render_part(request, "scheduling/booking_detail.html", "scheduling/_booking.html", context)


@require_safe
def booking_elsewhere(request: HttpRequest, pk: int) -> HttpResponse:
    """To the form that moves this lesson, or proposes to, filled in with `at`: where somebody has dragged it."""
    user, booking = signed_in(request), find_booking(request, pk)
    if not (policies.may_move(user, booking) or policies.may_propose(user, booking)):
        raise Http404
    name = "scheduling:booking_move" if policies.may_move(user, booking) else "scheduling:proposal_create"
    return redirect(f"{reverse(name, args=[pk])}?{urlencode({'at': request.GET.get('at', '')})}")


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def booking_move(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for another time; POST moves the lesson there at once."""
    user, booking = signed_in(request), find_booking(request, pk)
    if not policies.may_move(user, booking):
        raise Http404
    if booking.begun or not booking.is_on:
        return redirect(booking)
    others = (booking.zone, booking.teacher.time_zone if booking.teacher else "")
    form = RescheduleForm(
        request.POST if request.method == "POST" else None,
        booking=booking,
        user=user,
        zones=zones_for(user, *others),
        wanted=request.GET.get("at", ""),
    )
    clash: actions.Clash | None = None
    if form.is_valid():
        try:
            actions.move(user, booking, **form.cleaned_data)
        except actions.Clash as error:
            clash = error
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "The lesson was moved. Everyone taking part is notified.")
            return redirect(booking)
    context = {"form": form, "booking": booking, **clashing(form, clash)}
    return render(request, "scheduling/booking_move.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def cancellation(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that calls a lesson off with a `reason`; POST does it."""
    user, booking = signed_in(request), find_booking(request, pk)
    if not policies.may_call_off(user, booking):
        raise Http404
    context: dict[str, Any] = {"booking": booking, **booking_context(user, booking)}
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            actions.call_off(user, booking, reason)
        except ValidationError as error:
            context |= {"error": error.messages[0], "reason": reason}
            return render(request, "scheduling/cancellation.html", context, status=422)
        messages.success(request, "The lesson was called off. Everyone taking part is notified.")
        return redirect(booking)
    return render(request, "scheduling/cancellation.html", context)
