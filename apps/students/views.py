"""The list of students, one student, adding and changing one. What a person may not see is not found."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations.threads import open_thread
from apps.core.editing import EditConflict
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list
from apps.students import actions, policies
from apps.students.forms import StudentForm
from apps.students.listing import StudentList
from apps.students.models import Student


@require_safe
def student_list(request: HttpRequest) -> HttpResponse:
    """The students that one may see; everything about the view of them is in the URL."""
    user = signed_in(request)
    if not policies.can_list(user):
        raise Http404
    may: dict[str, Any] = {"may_add": policies.can_add(user), "may_invite": policies.can_invite(user)}
    return render_list(request, StudentList(user, request.GET), "students/student_list.html", **may)


def find_student(request: HttpRequest, pk: int) -> Student:
    """A student whom one may see; Http404 otherwise."""
    visible = Student.objects.visible_to(signed_in(request)).select_related("conversation", "user", "invitation")
    return get_object_or_404(visible, pk=pk)


def record_context(user: User, student: Student, **more: Any) -> dict[str, Any]:
    """What the card of a student's record needs."""
    placements = Student.objects.filter(pk=student.pk).placements(user).get(student.pk, [])
    may = {"may_edit": policies.can_edit(user, student), "may_invite": policies.can_invite(user)}
    return {"student": student, "placements": placements, **may, **more}


@require_safe
def student_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The record beside the thread; for htmx the record alone, as it is now."""
    user, student = signed_in(request), find_student(request, pk)
    context = record_context(user, student)
    if not wants_fragment(request):
        context["thread"] = open_thread(user, student.conversation)
    return render_part(request, "students/student_detail.html", "students/_record_part.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def student_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the record where it stands; without script, on a page of its own."""
    user, student = signed_in(request), find_student(request, pk)
    if not policies.can_edit(user, student):
        raise Http404
    name = student.full_name
    posted = request.POST if request.method == "POST" else None
    form = StudentForm(posted, instance=student, office=policies.can_change_identity(user))
    status = 200
    if form.is_bound:
        saved, status = _save(user, form)
        if saved and wants_fragment(request):
            return render(request, "students/_record_part.html", record_context(user, saved, saved=True))
        if saved:
            messages.success(request, "Saved.")
            return redirect(saved)
    form.set_focus()
    context = {"form": form, "student": student, "name": name}
    return render_part(request, "students/student_edit.html", "students/_record_form.html", context, status)


def _save(user: User, form: StudentForm) -> tuple[Student | None, int]:
    """The student as saved and 200, or None and the status that says why not; then the form has the reasons."""
    if form.is_valid():
        try:
            return actions.update_student(user, form.instance, form.changes, form.seen), 200
        except EditConflict as conflict:
            form.explain_conflict(conflict)
            return None, 409
        except ValidationError as error:
            form.add_error(None, error)
    return None, 422


@require_http_methods(["GET", "HEAD", "POST"])
def student_create(request: HttpRequest) -> HttpResponse:
    """Add a student above the list; without script, on a page of its own."""
    user = signed_in(request)
    if not policies.can_add(user):
        raise Http404
    form = StudentForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return _created(request, actions.create_student(user, **form.cleaned_data))
        except ValidationError as error:
            form.add_error(None, error)
    form.set_focus()
    status = 422 if form.is_bound else 200
    return render_part(request, "students/student_create.html", "students/_create.html", {"form": form}, status)


def _created(request: HttpRequest, student: Student) -> HttpResponse:
    if wants_fragment(request):
        response = render(request, "students/_created.html", {"student": student}, status=201)
        response.headers["HX-Trigger"] = "students-changed"
        return response
    messages.success(request, f"{student.full_name} is added.")
    return redirect(student)
