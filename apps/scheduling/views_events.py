"""Own events: written, changed, deleted; and what a click on an hour of the calendar offers."""

import uuid
from datetime import date, datetime
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

# What is said of a deletion of some days.
DELETED = {"day": "The event was deleted on this day.", "following": "The event was deleted from this day on."}


def asked_hour(request: HttpRequest) -> datetime:
    """The hour in `?at=2026-12-01T10:00`, on the reader's clock; the next full one where there is none."""
    text = request.GET.get("at", "")
    try:
        asked = datetime.strptime(text, "%Y-%m-%dT%H:%M")
    except ValueError:
        asked = timezone.localtime().replace(tzinfo=None)
    return asked if 2000 <= asked.year <= 2100 else timezone.localtime().replace(tzinfo=None)


@require_safe
def hour_detail(request: HttpRequest) -> HttpResponse:
    """What can begin at an hour of the calendar: a lesson, a request for one, an event of one's own."""
    user, at = signed_in(request), asked_hour(request)
    context = {"at": at, "may_book": policies.may_book(user), "may_ask": policies.may_ask_at_all(user)}
    return render(request, "scheduling/hour_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def event_create(request: HttpRequest) -> HttpResponse:
    """A form for an event of one's own; `?at=` fills it in."""
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
    """An event of one's own, to read and to change; if it repeats, `?day=` says from which of its days one came."""
    user = signed_in(request)
    event = get_object_or_404(OwnEvent.objects.visible_to(user), pk=pk)
    zones, day = zones_for(user, event.zone), _asked_day(request)
    if request.method != "POST":
        day = day if event.repeats and day and day in event.dates(day, day) else None
        return _page(request, EventForm(zones=zones, day=day, initial=filled_in(event, day)), event)
    form = EventForm(request.POST, zones=zones, day=day)
    if form.is_valid():
        try:
            actions.change_event(user, event, form.happening, form.which)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _saved(request, form, "The event was changed.")
    return _page(request, form, event, 422)


@require_POST
@limited("posts")
def event_deletion(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an event of one's own: `scope` says which of its days, of which `?day=` is one."""
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


def _saved(request: HttpRequest, form: EventForm, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(_week_of(form.cleaned_data["first"]))


def _page(request: HttpRequest, form: EventForm, event: OwnEvent | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "event": event}
    return render(request, "scheduling/event_edit.html", context, status=status)
