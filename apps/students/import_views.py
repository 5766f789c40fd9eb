"""Importing students: choose a file, see what it would do, say yes. Who may not import finds nothing here."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.core.uploads import NO_ROOM, no_room
from apps.jobs import live
from apps.students import actions, policies
from apps.students.forms import MAX_FILE_BYTES, ImportForm
from apps.students.import_jobs import SHOWN
from apps.students.imports import COLUMNS, MAX_ROWS, REQUIRED
from apps.students.models import StudentImport


@require_http_methods(["GET", "HEAD", "POST"])
def student_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; one that can be read leads to its dry run."""
    user = signed_in(request)
    if not policies.can_add(user):
        raise Http404
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and no_room(request):
        form.errors["file"] = form.error_class([NO_ROOM])
    elif form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return redirect(actions.upload_import(user, file.name, file.read()))
        except ValidationError as error:
            form.add_error("file", error)
    context = {
        "form": form,
        "required": REQUIRED,
        "optional": [name for name in COLUMNS if name not in REQUIRED],
        "max_rows": MAX_ROWS,
        "max_megabytes": MAX_FILE_BYTES // 1_000_000,
    }
    return render(request, "students/import.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a file is, and what it would do or did (GET); import it (POST, which names the plan on the page)."""
    user = signed_in(request)
    uploads = StudentImport.objects.visible_to(user).defer("content").select_related("job")
    upload = get_object_or_404(uploads, pk=pk)
    status = 200
    if request.method == "POST":
        agreed = request.POST.get("plan", "")
        if upload.applied or (upload.plan and upload.plan["fingerprint"] == agreed):
            return redirect(actions.start_import(user, upload, agreed))
        status = 409
    context = {
        "upload": upload,
        "job": live.fill(upload.job) if upload.job else None,
        "plan": upload.plan,
        "shown": SHOWN,
    }
    return render_part(request, "students/import_detail.html", "students/_import.html", context, status)
