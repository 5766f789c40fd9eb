"""Attendance: marked on a lesson's page or in the day's list, one tap each or all at once."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.core.csv_writer import csv_response
from apps.core.htmx import render_part, wants_fragment
from apps.core.limits import limited
from apps.core.listing import render_list
from apps.scheduling import actions, policies
from apps.scheduling.attendance_day import AttendanceDay
from apps.scheduling.attendance_rates import AttendanceRates, export_rows
from apps.scheduling.booking_page import booking_context
from apps.scheduling.models import Booking
from apps.scheduling.views_bookings import find_booking
from apps.students.models import Student


@require_safe
def attendance_list(request: HttpRequest) -> HttpResponse:
    """The lessons of a day that this person marks, `?day=` (today), and those before it that nobody has marked."""
    user = signed_in(request)
    if not policies.may_take_attendance(user):
        raise Http404
    context = {"attendance": AttendanceDay(user, request.GET.get("day", ""), request.GET.get("pages", ""))}
    return render_part(request, "scheduling/attendance_list.html", "scheduling/_attendance.html", context)


@require_safe
def rate_list(request: HttpRequest) -> HttpResponse:
    """How often each student was there."""
    user = signed_in(request)
    if not policies.may_take_attendance(user):
        raise Http404
    return render_list(request, AttendanceRates(user, request.GET), "scheduling/rate_list.html")


@require_safe
def rate_export(request: HttpRequest) -> HttpResponseBase:
    """The rates that the list shows, on all its pages, as CSV."""
    user = signed_in(request)
    if not user.sees_all:
        raise Http404
    ask_again(request, resend=True)
    return csv_response("attendance.csv", export_rows(AttendanceRates(user, request.GET)))


@require_POST
@limited("posts")
def attendance_one(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """Mark one student: `state` (empty takes the mark back), `minutes_late`, `note`."""
    user, booking = signed_in(request), _run(request, pk)
    student = get_object_or_404(booking.attendees(), pk=student_pk)
    late = request.POST.get("minutes_late", "").strip()
    minutes = int(late) if late.isascii() and late.isdecimal() and len(late) < 5 else 0 if late else None
    sent = request.POST
    try:
        actions.mark(user, booking, student, sent.get("state", ""), minutes, sent.get("note"))
    except (ValidationError, PermissionDenied) as error:
        reason = error.messages[0] if isinstance(error, ValidationError) else str(error)
        return _answer(request, booking, student, reason, 422)
    return _answer(request, booking)


@require_POST
@limited("posts")
def attendance_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark everyone who isn't marked yet as `state`: present, unless it says otherwise."""
    user, booking = signed_in(request), _run(request, pk)
    try:
        actions.mark_rest(user, booking, request.POST.get("state", "present"))
    except ValidationError as error:
        return _answer(request, booking, error=error.messages[0], status=422)
    return _answer(request, booking)


def _run(request: HttpRequest, pk: int) -> Booking:
    booking = find_booking(request, pk)
    if not policies.may_run(signed_in(request), booking):
        raise Http404
    return booking


def _answer(
    request: HttpRequest, booking: Booking, student: Student | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    """The lesson's roll for htmx; without script its page."""
    if not error and not wants_fragment(request):
        return redirect(booking)
    context: dict[str, Any] = booking_context(signed_in(request), find_booking(request, booking.pk))
    context["error"] = "" if student else error
    for row in context["rows"]:
        row.error = error if student and row.student.pk == student.pk else ""
    part = "scheduling/_roll.html" if wants_fragment(request) else "scheduling/booking_detail.html"
    return render(request, part, context, status=status)
