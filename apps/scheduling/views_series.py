"""Series: started, looked at, changed, ended, undone. Nothing is saved before a page has shown all of its dates."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.academy_calendar import academy_today
from apps.core.htmx import render_part
from apps.core.limits import limited
from apps.courses.models import Batch
from apps.scheduling import actions, policies
from apps.scheduling.forms import add_errors, zones_for
from apps.scheduling.forms_series import SeriesChangeForm, SeriesForm, choices_of, days_of
from apps.scheduling.models import Booking, Series, SeriesChange
from apps.scheduling.series_page import series_context


def find_series(request: HttpRequest, pk: int) -> Series:
    """A series that this person may see; Http404 otherwise."""
    rows = Series.objects.visible_to(signed_in(request)).prefetch_related("students")
    return get_object_or_404(rows.select_related("teacher", "room", "batch__course", "continues"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def series_create(request: HttpRequest) -> HttpResponse:
    """A form for a series; POST shows its dates, and with `go=save` saves it. `?batch=` and others fill it in."""
    user = signed_in(request)
    if not policies.may_start_series_at_all(user):
        raise Http404
    if request.method != "POST":
        return _form(request, SeriesForm(user=user, zones=zones_for(user), initial=_filled(request, user)))
    form = SeriesForm(request.POST, user=user, zones=zones_for(user))
    if request.POST.get("go") == "edit" or not form.is_valid():
        return _form(request, form, 200 if request.POST.get("go") == "edit" else 422)
    choices, plan, refused = choices_of(request.POST), None, ""
    try:
        if request.POST.get("go") == "save":
            series, _ = actions.start_series(user, form.wanted, choices, days_of(request.POST, "known"))
            messages.success(request, "The lessons are in the calendar. Everyone taking part is notified.")
            return redirect(series)
        plan = actions.plan_series(form.wanted, choices)
    except actions.Unsettled as error:
        plan, refused = error.plan, error.messages[0]
    except ValidationError as error:
        add_errors(form, error)
        return _form(request, form, 422)
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return _form(request, form, 403)
    return _preview(request, "scheduling/series_preview.html", form, plan, refused)


def _filled(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the address fills in; of a batch what is known of it."""
    initial: dict[str, Any] = {name: request.GET.get(name, "") for name in ("day", "at", "teacher", "students")}
    asked = request.GET.get("batch", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 18:
        batch = Batch.objects.visible_to(user).filter(pk=asked).select_related("course").first()
        if batch:
            initial |= {"batch": batch.pk, "teacher": batch.teacher_id, "subject": batch.course.title}
    return initial | {"client_key": uuid.uuid4()}


def _form(request: HttpRequest, form: SeriesForm, status: int = 200) -> HttpResponse:
    return render(request, "scheduling/series_create.html", {"form": form}, status=status)


def _preview(
    request: HttpRequest, template: str, form: SeriesForm, plan: actions.Plan, refused: str, **more: Any
) -> HttpResponse:
    wanted = form.wanted
    context = {"form": form, "plan": plan, "wanted": wanted, "refused": refused, "may_anyway": form.user.sees_all}
    return render(request, template, context | more, status=422 if refused else 200)


@require_safe
def series_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One series with its lessons to come; for htmx what stands on its page."""
    context = series_context(signed_in(request), find_series(request, pk))
    return render_part(request, "scheduling/series_detail.html", "scheduling/_series.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def series_change(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for how a series goes on from `?from=` (its next lesson); POST shows old and new, `go=save` saves it."""
    user, series = signed_in(request), find_series(request, pk)
    if made := _made_before(request, user):
        return redirect(made)
    start = _start(request, series)
    if not policies.may_change_series(user, series):
        raise Http404
    if start is None:
        return _over(request, series)
    zones = zones_for(user, series.zone, series.teacher.time_zone if series.teacher else "")
    sent = request.POST if request.method == "POST" else None
    initial = {"client_key": uuid.uuid4()}
    form = SeriesChangeForm(sent, user=user, zones=zones, series=series, start=start, initial=initial)
    context: dict[str, Any] = {"series": series, "start": start}
    go = request.POST.get("go")
    if sent is None or go == "edit" or not form.is_valid():
        status = 200 if sent is None or go == "edit" else 422
        return render(request, "scheduling/series_change.html", context | {"form": form}, status=status)
    wanted = actions.rule_from(series, start, form.wanted)
    anew = days_of(request.POST, "anew")
    edit, refused = actions.SeriesEdit(start, wanted, choices_of(request.POST), anew), ""
    try:
        if go == "save":
            new, _ = actions.change_series(user, series, edit, days_of(request.POST, "known"))
            messages.success(request, "The series was changed. Everyone taking part is notified.")
            return redirect(new)
        plan = actions.plan_change(series, edit)
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return render(request, "scheduling/series_change.html", context | {"form": form}, status=403)
    except actions.Unsettled as error:
        plan, refused = error.plan, error.messages[0]
    except ValidationError as error:
        add_errors(form, error)
        return render(request, "scheduling/series_change.html", context | {"form": form}, status=422)
    return _preview(request, "scheduling/series_compare.html", form, plan, refused, **context, anew=anew)


def _start(request: HttpRequest, series: Series) -> date | None:
    """The date to begin at: the one that is asked for, or that of the next lesson; None where nothing is to come.

    A form sends the date that its page showed: if there is no lesson any more, nothing is done about another one.
    """
    rows = Booking.objects.filter(series=series, start__gt=timezone.now(), series_day__isnull=False)
    days = list(rows.order_by("series_day").values_list("series_day", flat=True))
    if shown := request.POST.get("start"):
        return day if (day := days_of_text(shown)) in days else None
    wanted = days_of_text(request.GET.get("from", ""))
    return wanted if wanted in days else days[0] if days else None


def _made_before(request: HttpRequest, user: User) -> Series | None:
    """The series that this very form has made already; None on a first click."""
    try:
        key = uuid.UUID(request.POST.get("client_key", ""))
    except ValueError:
        return None
    return Series.objects.filter(made_by=user, client_key=key).first()


def _over(request: HttpRequest, series: Series) -> HttpResponse:
    if request.method == "POST":
        messages.warning(request, "This series has changed meanwhile, and nothing was done. Look at it again.")
    else:
        messages.info(request, "This series has no lessons to come.")
    return redirect(series)


def days_of_text(text: str) -> date | None:
    """A date as an address has it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def series_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that calls off the lessons from `?from=` on, with a `reason`; POST does it."""
    user, series = signed_in(request), find_series(request, pk)
    if not policies.may_change_series(user, series):
        raise Http404
    start = _start(request, series)
    if start is None:
        return _over(request, series)
    count = Booking.objects.filter(series=series, series_day__gte=start, start__gt=timezone.now()).on().count()
    context: dict[str, Any] = {"series": series, "start": start, "count": count, "reason": ""}
    if request.method == "POST":
        context["reason"] = request.POST.get("reason", "")
        try:
            actions.end_series(user, series, start, context["reason"])
        except ValidationError as error:
            return render(request, "scheduling/series_end.html", context | {"error": error.messages[0]}, status=422)
        messages.success(request, "The lessons were called off. Everyone taking part is notified.")
        return redirect(series)
    return render(request, "scheduling/series_end.html", context)


@require_POST
@limited("posts")
def series_undo(request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
    """Undo what was done to a series, within ten minutes."""
    user, series = signed_in(request), find_series(request, pk)
    change = SeriesChange.objects.filter(series=series, pk=change_pk).select_related("series").first()
    if change is None or not policies.may_undo(user, change):
        raise Http404
    try:
        back = actions.undo_series(user, change)
    except ValidationError as error:
        context = series_context(user, series) | {"refused": error.messages[0]}
        return render_part(request, "scheduling/series_detail.html", "scheduling/_series.html", context, 422)
    messages.success(request, "Undone: the lessons are as they were.")
    return redirect(back or "scheduling:calendar_detail")


@require_safe
def timetable(request: HttpRequest, pk: int) -> HttpResponse:
    """The weekly lessons of a batch; for htmx what stands on the batch's page."""
    user = signed_in(request)
    batch = get_object_or_404(Batch.objects.visible_to(user).select_related("course", "teacher"), pk=pk)
    slots = Series.objects.filter(batch=batch).going_on(academy_today()).select_related("teacher", "room")
    coming = Booking.objects.filter(batch=batch, start__gt=timezone.now()).on().select_related("teacher", "room")
    context = {
        "batch": batch,
        "slots": sorted(slots, key=lambda slot: (min(slot.weekdays or str(slot.first.weekday())), slot.at)),
        "coming": coming.order_by("start")[:3],
        "may_add": policies.may_start_series(user, user, batch, ()),
    }
    return render_part(request, "scheduling/timetable.html", "scheduling/_timetable.html", context)
