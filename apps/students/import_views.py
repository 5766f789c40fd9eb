"""Importing students: choose a file, see what it would do, say yes. Who may not import finds nothing here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.students import actions, policies
from apps.students.forms import MAX_FILE_BYTES, ImportForm
from apps.students.imports import COLUMNS, MAX_ROWS, REQUIRED, Plan, parse
from apps.students.models import StudentImport

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def student_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; one that can be read leads to its dry run."""
    user = signed_in(request)
    if not policies.can_add(user):
        raise Http404
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        return redirect(actions.upload_import(user, file.name, file.read()))
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
    """What a file would do (GET); do just that (POST, which names the plan that was on the page)."""
    user = signed_in(request)
    upload = get_object_or_404(StudentImport.objects.visible_to(user), pk=pk)
    if request.method == "POST":
        try:
            return redirect(actions.apply_import(user, upload, request.POST.get("plan", "")))
        except actions.PlanChanged as changed:
            return _plan(request, upload, changed.plan, changed=True)
        except actions.PlanRejected as rejected:
            return _plan(request, upload, rejected.plan)
    if upload.applied:
        return render(request, "students/import_done.html", {"upload": upload})
    return _plan(request, upload, actions.plan_import(parse(bytes(upload.content))))


def _plan(request: HttpRequest, upload: StudentImport, plan: Plan, *, changed: bool = False) -> HttpResponse:
    context = {"upload": upload, "plan": plan, "changed": changed, "shown": SHOWN}
    return render(request, "students/import_plan.html", context, status=409 if changed else 200)
