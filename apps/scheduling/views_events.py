"""Pages to add, change, and delete own events, and the choices behind an hour of the calendar."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.limits import limited
from apps.scheduling import actions, policies
from apps.scheduling.forms import add_errors, zones_for
from apps.scheduling.forms_events import EventForm, filled_in
from apps.scheduling.models import OwnEvent

# Messages after only some days were deleted.
DELETED = {"day": "The event was deleted on this day.", "following": "The event was deleted from this day on."}


def asked_hour(request: HttpRequest) -> datetime:
    """The time in `?at=2026-12-01T10:00` on the reader's clock, or else the next full hour."""
    now = timezone.localtime().replace(tzinfo=None, minute=0, second=0, microsecond=0) + timedelta(hours=1)
    try:
        asked = datetime.strptime(request.GET.get("at", ""), "%Y-%m-%dT%H:%M")
    except ValueError:
        return now
    return asked if 2000 <= asked.year <= 2100 else now


@require_safe
def hour_detail(request: HttpRequest) -> HttpResponse:
    """What can be added at an hour of the calendar: a lesson, a request, or an own event."""
    user, at = signed_in(request), asked_hour(request)
    context = {"at": at, "may_book": policies.may_book(user), "may_ask": policies.may_ask_at_all(user)}
    return render(request, "scheduling/hour_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def event_create(request: HttpRequest) -> HttpResponse:
    """Add an own event; `?at=` fills in its day and time."""
    user, zones = signed_in(request), zones_for(signed_in(request))
    if request.method != "POST":
        at = asked_hour(request)
        initial = {"first": at.date(), "at": at.time(), "is_private": True, "client_key": uuid.uuid4()}
        return _page(request, EventForm(zones=zones, initial=initial))
    form = EventForm(request.POST, zones=zones)
    if form.is_valid():
        try:
            actions.add_event(user, form.happening, form.cleaned_data["client_key"])
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _saved(request, form, "The event is in your calendar.")
    return _page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def event_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change an own event; `?day=` is the day of a repeated event that was opened."""
    user = signed_in(request)
    event = get_object_or_404(OwnEvent.objects.visible_to(user), pk=pk)
    zones, day = zones_for(user, event.zone), _asked_day(request)
    sent = request.POST if request.method == "POST" else None
    if sent is None and day and day not in event.dates(day, day):
        return _other_day(request, event, day)
    day = day if event.repeats or sent is not None else None
    form = EventForm(sent, zones=zones, day=day, initial=filled_in(event, day))
    if form.is_valid():
        try:
            actions.change_event(user, event, form.happening, form.which)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _saved(request, form, "The event was changed.")
    return _page(request, form, event, 200 if sent is None else 422)


@require_POST
@limited("posts")
def event_deletion(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an own event: `scope` says which days, counted from `?day=`."""
    user, day = signed_in(request), _asked_day(request)
    event = get_object_or_404(OwnEvent.objects.visible_to(user), pk=pk)
    scope = request.POST.get("scope", "")
    try:
        actions.delete_event(
            user, event, actions.Which(scope, day) if scope in list(actions.Scope) else actions.Which()
        )
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, DELETED.get(scope, "The event was deleted."))
    return redirect(_week_of(day) if day else "scheduling:calendar_detail")


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{reverse('scheduling:calendar_detail')}?week={year}-W{week:02}"


def _other_day(request: HttpRequest, event: OwnEvent, day: date) -> HttpResponse:
    """Say that the event is no longer on a day that an outdated calendar shows, and link to what is."""
    apart = event.exceptions.filter(instead_of=day).first()
    context = {"event": event, "day": day, "apart": apart, "week": _week_of(day)}
    return render(request, "scheduling/event_day_gone.html", context)


def _saved(request: HttpRequest, form: EventForm, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(_week_of(form.cleaned_data["first"]))


def _page(request: HttpRequest, form: EventForm, event: OwnEvent | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "event": event}
    return render(request, "scheduling/event_edit.html", context, status=status)
