"""Notes on a student: read by those whom their author chose."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.core.limits import limited
from apps.students import actions, policies
from apps.students.forms_work import StudentNoteForm
from apps.students.models import Student, StudentNote
from apps.students.student_work import channels, shown_notes, work_of
from apps.students.views import find_student

SIZE = 30


@require_safe
def student_work(request: HttpRequest, pk: int) -> HttpResponse:
    """The notes and tasks on a student's page, as they are now."""
    student = find_student(request, pk)
    return render(request, "students/_work.html", {"work": work_of(signed_in(request), student), "student": student})


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def note_list(request: HttpRequest, pk: int) -> HttpResponse:
    """All notes on a student that one may read, the newest first; a new one is written above them."""
    user, student = signed_in(request), find_student(request, pk)
    may_write = policies.can_write_notes(user, student.pk)
    if request.method == "POST" and not may_write:
        raise Http404
    form = StudentNoteForm(request.POST if request.method == "POST" else None, initial={"client_key": uuid.uuid4()})
    if form.is_bound and form.is_valid():
        actions.write_note(user, student, **form.cleaned_data)
        messages.success(request, "The note was saved.")
        return redirect("students:note_list", student.pk)
    return _list(request, student, form if may_write else None)


def _list(request: HttpRequest, student: Student, form: StudentNoteForm | None) -> HttpResponse:
    user = signed_in(request)
    rows = StudentNote.objects.visible_to(user).filter(student=student)
    page = Paginator(rows.order_by("-day", "-pk"), SIZE).get_page(request.GET.get("page"))
    rows = rows.filter(pk__in=[note.pk for note in page])
    context = {
        "student": student,
        "page": page,
        "notes": shown_notes(user, rows),
        "form": form,
        "channels": channels(user, student),
        "event": f"notes-{student.pk}",
        "url": request.get_full_path(),
    }
    status = 422 if form and form.is_bound else 200
    return render_part(request, "students/note_list.html", "students/_note_list.html", context, status)


@require_http_methods(["GET", "HEAD", "POST"])
def note_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a note of one's own."""
    user, note = signed_in(request), _find_own(request, pk)
    form = StudentNoteForm(request.POST if request.method == "POST" else None, initial=StudentNoteForm.values_of(note))
    if form.is_bound and form.is_valid():
        cleaned = form.cleaned_data
        actions.change_note(user, note, cleaned["body"], cleaned["day"], cleaned["sharing"])
        messages.success(request, "The note was saved.")
        return redirect(note)
    context = {"form": form, "note": note, "student": note.student}
    return render(request, "students/note_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
def note_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a note of one's own."""
    note = _find_own(request, pk)
    actions.remove_note(signed_in(request), note)
    messages.success(request, "The note was deleted.")
    return redirect("students:note_list", note.student_id)


def _find_own(request: HttpRequest, pk: int) -> StudentNote:
    user = signed_in(request)
    note = get_object_or_404(StudentNote.objects.visible_to(user).select_related("student"), pk=pk)
    if not policies.can_change_note(user, note):
        raise Http404
    return note
