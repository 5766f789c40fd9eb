"""The calendar."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.scheduling import policies
from apps.scheduling.calendar import Calendar


@require_safe
def calendar_detail(request: HttpRequest) -> HttpResponse:
    """A day, a week, a month or a list of lessons, on the reader's clock; for htmx the calendar alone."""
    user = signed_in(request)
    context = {"calendar": Calendar(user, request.GET), "may_book": policies.may_book(user)}
    context["may_repeat"] = policies.may_start_series_at_all(user)
    return render_part(request, "scheduling/calendar_detail.html", "scheduling/_calendar.html", context)
