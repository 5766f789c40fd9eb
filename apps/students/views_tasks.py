"""Tasks: a student's own, to tick; the team's list of them, to give and follow."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Role
from apps.accounts.people import signed_in
from apps.core.finding import typed
from apps.core.htmx import render_part, wants_fragment
from apps.core.limits import limited
from apps.core.listing import render_list
from apps.students import actions, live, policies
from apps.students.forms_work import TaskForm, TaskWordsForm
from apps.students.models import Student, StudentTask
from apps.students.student_work import DONE, channels, shown_tasks, to_do
from apps.students.task_list import TaskList


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """A student's own tasks; for the team, those of the students whom they see."""
    user = signed_in(request)
    if user.role != Role.STUDENT:
        return render_list(request, TaskList(user, request.GET), "students/task_list.html")
    student = Student.objects.visible_to(user).first()
    rows = StudentTask.objects.visible_to(user)
    context: dict[str, Any] = {
        "student": student,
        "open": shown_tasks(user, rows.open()),
        "done": shown_tasks(user, rows.exclude(done_at=None).order_by("-done_at", "-pk")[:DONE]),
        "channels": channels(user, student) if student else [],
        "event": f"tasks-{student.pk}" if student else "",
    }
    return render_part(request, "students/own_tasks.html", "students/_own_tasks.html", context)


@require_safe
def task_today(request: HttpRequest) -> HttpResponse:
    """The next tasks of a student, as Today shows them."""
    user = signed_in(request)
    student = get_object_or_404(Student.objects.visible_to(user).filter(user=user))
    return render(request, "students/_to_do.html", {"to_do": to_do(user, student)})


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def task_create(request: HttpRequest) -> HttpResponse:
    """Give students a task."""
    user = signed_in(request)
    if not policies.can_list(user):
        raise Http404
    named = Student.objects.visible_to(user).filter(code=typed(request.GET.get("student", ""))).first()
    initial = {"client_key": uuid.uuid4(), "students": named.code if named else ""}
    form = TaskForm(request.POST if request.method == "POST" else None, user=user, initial=initial)
    if form.is_bound and form.is_valid():
        students, group = form.recipients()
        words = {name: form.cleaned_data[name] for name in ("title", "day", "text", "client_key")}
        given = actions.give_tasks(user, students, group_name=group, **words)
        messages.success(request, f"Given to {len(given)} student{'' if len(given) == 1 else 's'}.")
        return redirect(named or students[0]) if len(students) == 1 else redirect("students:task_list")
    context = {"form": form, "named": named}
    return render(request, "students/task_edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a task, or delete it."""
    user, task = signed_in(request), _find(request, pk)
    if not policies.can_change_task(user, task):
        raise Http404
    form = TaskWordsForm(request.POST if request.method == "POST" else None, task=task)
    if form.is_bound and form.is_valid():
        actions.change_task(user, task, **form.cleaned_data)
        messages.success(request, "The task was saved.")
        return redirect(task.student)
    group = StudentTask.objects.visible_to(user).open().filter(group=task.group).exclude(pk=task.pk)
    context = {"form": form, "task": task, "others": group.count() if task.group else 0}
    return render(request, "students/task_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
def task_completion(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task, or with an empty `done` take the tick back; the page's live regions then show themselves again."""
    user, task = signed_in(request), _find(request, pk)
    actions.complete_task(user, task, done=request.POST.get("done", "1") == "1")
    if not wants_fragment(request):
        return redirect("students:task_list") if user.role == Role.STUDENT else redirect(task.student)
    response = HttpResponse(status=204)
    response.headers["HX-Trigger"] = f"{live.TASKS}, tasks-{task.student_id}"
    return response


@require_POST
def task_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a task; with `all`, for everyone who was given it at once and hasn't done it."""
    user, task = signed_in(request), _find(request, pk)
    if not policies.can_change_task(user, task):
        raise Http404
    count = actions.remove_task(user, task, whole_group=bool(request.POST.get("all")))
    messages.success(request, f"Deleted for {count} student{'' if count == 1 else 's'}.")
    return redirect("students:task_list")


def _find(request: HttpRequest, pk: int) -> StudentTask:
    return get_object_or_404(StudentTask.objects.visible_to(signed_in(request)).select_related("student"), pk=pk)
