"""How far one's background work is, and what came of it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.files.serving import serve_bytes
from apps.jobs import actions, job_types, live
from apps.jobs.models import Job

SHOWN = 50


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """One's own of the last day, the newest first."""
    rows = Job.objects.visible_to(signed_in(request)).order_by("-pk")[:SHOWN]
    jobs = [live.fill(job) for job in rows]
    return render_part(request, "jobs/job_list.html", "jobs/_jobs.html", {"jobs": jobs})


@require_safe
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them; as a part it says how far it is."""
    user = signed_in(request)
    job = get_object_or_404(Job.objects.visible_to(user), pk=pk)
    context = {"job": live.fill(job), "may_have": job_types.may_have(user, job)}
    return render_part(request, "jobs/job_detail.html", "jobs/_job.html", context)


@require_safe
def job_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file that came of it, as long as its owner may have it."""
    user = signed_in(request)
    job = get_object_or_404(Job.objects.visible_to(user).exclude(file=""), pk=pk)
    if not job_types.may_have(user, job):
        raise Http404
    return serve_bytes(request, job.file, job.content_type, job.file_name, download=True)


@require_POST
def job_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Its page shows how it ended."""
    user = signed_in(request)
    job = get_object_or_404(Job.objects.visible_to(user), pk=pk)
    actions.mark_seen(user, job)
    return HttpResponse(status=204)
