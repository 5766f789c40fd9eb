"""The roster of a batch: adding, removing and moving students. Each answer is the updated roster."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment
from apps.courses import actions, policies
from apps.courses.forms import AddForm, BatchForm, MoveForm, first_error
from apps.courses.models import Batch, Enrollment
from apps.courses.roster import Roster
from apps.courses.undoing import Undo
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
    """GET returns the roster, after a live update or a search with `?q=`; POST adds a student."""
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
        # A double click, or a colleague was faster: the student is in, so this isn't an error.
        said = first_error(error)
        return _answer(request, batch, done=said) if error.code == "already_in" else _answer(request, batch, error=said)
    return _answer(request, batch, done=f"{student.full_name} was added.")


@require_POST
def removal_create(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """Take a student out of the batch; the ended enrollment is kept."""
    batch, student = _find_to_edit(request, pk), _find_student(request, student_pk)
    before = _membership(batch, student)
    try:
        ended = actions.remove_student(signed_in(request), batch, student)
    except ValidationError as error:
        return _answer(request, batch, error=first_error(error))
    undo = Undo.of_withdrawal(ended, before.expires_at if before else None)
    return _answer(request, batch, done=f"{student.full_name} was removed from {batch}.", undo=undo)


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
    before = _membership(batch, student)
    try:
        moved = actions.move_student(user, batch, target, student)
    except ValidationError as error:
        return _choose(request, batch, student, first_error(error))
    undo = Undo.of_move(batch, before or moved, moved)
    return _answer(request, batch, done=f"{student.full_name} is in {target} now.", undo=undo)


@require_POST
def move_undo(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """Undo right after a move out of this batch: `batch` is where to; `ended` and `ends` as Undo.of_move sent them."""
    batch, student = _find_to_edit(request, pk), _find_student(request, student_pk)
    user = signed_in(request)
    form = MoveForm(request.POST, user=user, source=batch)
    if not form.is_valid():
        return _say(request, batch, error=first_error(form))
    sent = request.POST.get("ended", "")
    ended = batch.enrollments.filter(pk=int(sent)).first() if sent.isdecimal() else None
    try:
        ends_at = parse_datetime(request.POST.get("ends", ""))
        actions.undo_move(user, batch, form.cleaned_data["batch"], student, ended, ends_at)
    except ValidationError as error:
        return _say(request, batch, error=first_error(error))
    except ValueError:
        return _say(request, batch, error="That isn't a valid time.")
    return _say(request, batch, done=f"{student.full_name} is in {batch} again.")


def _membership(batch: Batch, student: Student) -> Enrollment | None:
    return batch.enrollments.not_ended().filter(student=student).first()


def _say(request: HttpRequest, batch: Batch, done: str = "", error: str = "") -> HttpResponse:
    """A toast for htmx, whose pages hear by themselves what is different now; without script, back to the page."""
    if wants_fragment(request):
        said = {"done": done, "error": error, "thing": batch}
        return render(request, "courses/people/_said.html", said, status=422 if error else 200)
    (messages.error if error else messages.success)(request, error or done)
    return redirect(batch)


def _choose(request: HttpRequest, batch: Batch, student: Student, error: str = "") -> HttpResponse:
    """The choice of another batch: in the row for htmx, else on a page of its own."""
    context = {"batch": batch, "student": student, "targets": _targets(signed_in(request), batch), "error": error}
    template = "courses/_move.html" if wants_fragment(request) else "courses/student_move.html"
    return render(request, template, context, status=422 if error else 200)


def _targets(user: User, batch: Batch) -> list[Batch]:
    """Where a student of this batch could go: first the other batches of its course."""
    batches = Batch.objects.visible_to(user).with_places().exclude(pk=batch.pk).select_related("course", "teacher")
    return sorted(batches, key=lambda other: (other.course_id != batch.course_id, other.course.title, other.name))


def _show(request: HttpRequest, batch: Batch, status: int = 200, undo: Undo | None = None, **said: str) -> HttpResponse:
    """The roster for htmx, the page around it otherwise. What was typed in the search stays in it."""
    user = signed_in(request)
    values = request.POST if request.method == "POST" else request.GET
    roster = Roster(user, batch, values, **said)
    context = {"roster": roster, "batch": batch, "undo": undo}
    if wants_fragment(request):
        return render(request, "courses/_roster_answer.html", context, status=status)
    form = BatchForm(instance=batch) if roster.may_edit else None
    return render(request, "courses/batch_edit.html", context | {"form": form}, status=status)


def _answer(
    request: HttpRequest, batch: Batch, done: str = "", error: str = "", undo: Undo | None = None
) -> HttpResponse:
    """After a change, or a refusal: the roster and one sentence; without script, back to the page."""
    if error:
        return _show(request, batch, 422, error=error)
    if wants_fragment(request):
        return _show(request, batch, done=done, undo=undo)
    messages.success(request, done)
    return redirect(batch)
