"""The calendar."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.scheduling import policies
from apps.scheduling.calendar import Calendar
from apps.scheduling.today import today


@require_safe
def calendar_detail(request: HttpRequest) -> HttpResponse:
    """A day, a week, a month or a list of lessons, on the reader's clock; for htmx the calendar alone."""
    user = signed_in(request)
    context = {"calendar": Calendar(user, request.GET), "may_book": policies.may_book(user)}
    context["may_repeat"] = policies.may_start_series_at_all(user)
    return render_part(request, "scheduling/calendar_detail.html", "scheduling/_calendar.html", context)


@require_safe
def today_detail(request: HttpRequest) -> HttpResponse:
    """What Today says of one's lessons, as it is now."""
    user = signed_in(request)
    template = "scheduling/_next.html" if user.role == Role.STUDENT else "scheduling/_today.html"
    return render(request, template, {"today": today(user)})
