"""Reports: what the academy's figures are, each app's on a page of its own, and as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.core import reports
from apps.core.csv_writer import csv_response
from apps.core.htmx import render_part
from apps.core.reports import Report


def _find(request: HttpRequest, name: str) -> Report:
    for report in reports.visible_to(signed_in(request)):
        if report.name == name:
            return report
    raise Http404


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """The first report, with the others beside it."""
    visible = reports.visible_to(signed_in(request))
    if not visible:
        raise Http404
    return _show(request, visible[0])


@require_safe
def report_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One report."""
    return _show(request, _find(request, name))


@require_safe
def report_export(request: HttpRequest, name: str) -> HttpResponseBase:
    """One report as CSV, as the URL asks for it."""
    report = _find(request, name)
    return csv_response(f"{name}.csv", report.rows(report.read(signed_in(request), request.GET)))


def _show(request: HttpRequest, report: Report) -> HttpResponse:
    user = signed_in(request)
    query = request.GET.urlencode()
    export = reverse("dashboard:report_export", args=[report.name])
    context = {
        "reports": reports.visible_to(user),
        "current": report,
        "report": report.read(user, request.GET),
        "path": reverse("dashboard:report_detail", args=[report.name]),
        "export_url": f"{export}?{query}" if query else export,
    }
    return render_part(request, "dashboard/reports/report.html", "dashboard/reports/_report.html", context)
