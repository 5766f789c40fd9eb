"""Who is in a batch: adding, removing and moving students, each answered with the roster as it is then."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment
from apps.courses import actions, policies
from apps.courses.forms import AddForm, BatchForm, MoveForm, first_error
from apps.courses.models import Batch
from apps.courses.roster import Roster
from apps.students.models import Student


def _find(request: HttpRequest, pk: int) -> Batch:
    batches = Batch.objects.visible_to(signed_in(request)).select_related("course", "teacher")
    return get_object_or_404(batches, pk=pk)


def _find_to_edit(request: HttpRequest, pk: int) -> Batch:
    batch = _find(request, pk)
    if not policies.can_edit(signed_in(request), batch):
        raise PermissionDenied("You can't change this batch.")
    return batch


def _find_student(request: HttpRequest, pk: int) -> Student:
    return get_object_or_404(Student.objects.visible_to(signed_in(request)), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def student_list(request: HttpRequest, pk: int) -> HttpResponse:
    """GET is the roster, for a page that heard that it changed or searches with `?q=`; POST adds a student."""
    if request.method != "POST":
        return _show(request, _find(request, pk))
    batch = _find_to_edit(request, pk)
    user = signed_in(request)
    form = AddForm(request.POST, user=user)
    if not form.is_valid():
        return _answer(request, batch, error=first_error(form))
    student: Student = form.cleaned_data["student"]
    try:
        actions.add_student(user, batch, student)
    except ValidationError as error:
        # A double click, or a colleague was quicker: what was asked for is so, and nothing is to be put right.
        said = "done" if error.code == "already_in" else "error"
        return _answer(request, batch, **{said: first_error(error)})
    return _answer(request, batch, done=f"{student.full_name} is in.")


@require_POST
def removal_create(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """Take a student out of the batch; the ended enrollment is kept."""
    batch, student = _find_to_edit(request, pk), _find_student(request, student_pk)
    try:
        actions.remove_student(signed_in(request), batch, student)
    except ValidationError as error:
        return _answer(request, batch, error=first_error(error))
    return _answer(request, batch, done=f"{student.full_name} is out.")


@require_http_methods(["GET", "HEAD", "POST"])
def move_create(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """GET offers the batches that have a free place, POST moves the student to one of them."""
    batch, student = _find_to_edit(request, pk), _find_student(request, student_pk)
    user = signed_in(request)
    if request.method != "POST":
        return _choose(request, batch, student)
    form = MoveForm(request.POST, user=user, source=batch)
    if not form.is_valid():
        return _choose(request, batch, student, first_error(form))
    target: Batch = form.cleaned_data["batch"]
    try:
        actions.move_student(user, batch, target, student)
    except ValidationError as error:
        return _choose(request, batch, student, first_error(error))
    return _answer(request, batch, done=f"{student.full_name} is in {target} now.")


def _choose(request: HttpRequest, batch: Batch, student: Student, error: str = "") -> HttpResponse:
    """The choice of another batch: in the row for htmx, else on a page of its own."""
    context = {"batch": batch, "student": student, "targets": _targets(signed_in(request), batch), "error": error}
    template = "courses/_move.html" if wants_fragment(request) else "courses/student_move.html"
    return render(request, template, context, status=422 if error else 200)


def _targets(user: User, batch: Batch) -> list[Batch]:
    """Where a student of this batch could go: first the other batches of its course."""
    batches = Batch.objects.visible_to(user).with_places().exclude(pk=batch.pk).select_related("course", "teacher")
    return sorted(batches, key=lambda other: (other.course_id != batch.course_id, other.course.title, other.name))


def _show(request: HttpRequest, batch: Batch, status: int = 200, **said: str) -> HttpResponse:
    """The roster for htmx, the page around it otherwise. What was typed in the search stays in it."""
    user = signed_in(request)
    values = request.POST if request.method == "POST" else request.GET
    roster = Roster(user, batch, values, **said)
    if wants_fragment(request):
        return render(request, "courses/_roster_answer.html", {"roster": roster, "batch": batch}, status=status)
    form = BatchForm(instance=batch) if roster.may_edit else None
    return render(request, "courses/batch_edit.html", {"batch": batch, "form": form, "roster": roster}, status=status)


def _answer(request: HttpRequest, batch: Batch, done: str = "", error: str = "") -> HttpResponse:
    """After a change, or a refusal: the roster and one sentence; without script, back to the page."""
    if error:
        return _show(request, batch, 422, error=error)
    if wants_fragment(request):
        return _show(request, batch, done=done)
    messages.success(request, done)
    return redirect(batch)
