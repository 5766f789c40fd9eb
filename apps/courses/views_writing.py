"""The lesson editor: text with preview, files and settings. When two people save, neither text is lost."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Role, User
from apps.accounts.people import signed_in
from apps.core import markdown
from apps.core.editing import EditConflict
from apps.core.htmx import wants_fragment
from apps.core.limits import limited
from apps.core.uploads import NO_ROOM, no_room, too_big
from apps.courses import actions, lesson_kinds
from apps.courses.actions.lesson_files import ATTACHMENTS, kinds_of
from apps.courses.forms_building import LessonForm
from apps.courses.lesson_text import lesson_url, obstacles, resolver, warnings
from apps.courses.models import Course, Lesson
from apps.courses.views_building import written
from apps.courses.views_outline import lesson_of
from apps.files.actions import too_large
from apps.files.kinds import CAPTIONS, VIDEOS
from apps.files.uploads import status_of, takes_files

FIELDS = ("file", "captions", "attachments")


def _writes(user: User) -> bool:
    return user.role != Role.STUDENT


def _edit_url(lesson: Lesson) -> str:
    return reverse("courses:lesson_edit", args=[lesson.module.course_id, lesson.pk])


@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(VIDEOS, may=_writes)
def lesson_edit(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """A lesson as its authors see it. POST saves what is in the form, and the files that were chosen in it."""
    course = written(request, pk)
    lesson = lesson_of(course, lesson_pk)
    if request.method != "POST":
        return _page(request, course, lesson, LessonForm(instance=copy(lesson)))
    problems = _take_files(request, lesson)
    lesson = lesson_of(course, lesson_pk)
    form, status = LessonForm(request.POST, instance=copy(lesson)), 422
    if form.is_valid():
        try:
            lesson = actions.update_lesson(signed_in(request), lesson, form.changes, form.seen)
        except EditConflict as conflict:
            form.explain_conflict(conflict)
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
    if problems or not form.is_valid():
        return _page(request, course, lesson, form, files=problems, status=status)
    return _saved(request, course, lesson, form)


def _saved(request: HttpRequest, course: Course, lesson: Lesson, form: LessonForm) -> HttpResponse:
    said = "Saved. Title and minutes were read from the top of the text." if form.taken else "Saved."
    if "publish" in request.POST:
        found = actions.publish_lessons(signed_in(request), course, [lesson])
        if found.refused:
            fresh = LessonForm(instance=copy(lesson_of(course, lesson.pk)))
            why = " ".join(found.refused[0][1])
            fresh.error = f"Saved, and not published: {why}"
            return _page(request, course, lesson, fresh, status=422)
        said = "Saved and published."
    if wants_fragment(request):
        lesson = lesson_of(course, lesson.pk)
        return _page(request, course, lesson, LessonForm(instance=copy(lesson)), said=said)
    messages.success(request, said)
    return redirect(_edit_url(lesson))


def _page(
    request: HttpRequest,
    course: Course,
    lesson: Lesson,
    form: LessonForm,
    *,
    files: dict[str, str] | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The editor for htmx (only POSTs use it), or the whole page."""
    context = {
        "course": course,
        "lesson": lesson,
        "kind": lesson_kinds.find(lesson.kind),
        "form": form,
        "said": said,
        "file_errors": files or {},
        "obstacles": obstacles(lesson),
        "warnings": warnings(lesson),
        "preview_url": lesson_url(course.pk, lesson.pk),
        "refreshed": request.method == "POST",
    } | _files(lesson)
    part = request.method == "POST" and wants_fragment(request)
    template = "courses/build/_lesson_form.html" if part else "courses/build/lesson_edit.html"
    return render(request, template, context, status=status)


def _files(lesson: Lesson) -> dict[str, Any]:
    return {
        "attachments": lesson.attachments.select_related("file"),
        "kinds": {"file": kinds_of(lesson, "file"), "captions": CAPTIONS, "attachments": ATTACHMENTS},
    }


def _take_files(request: HttpRequest, lesson: Lesson) -> dict[str, str]:
    """Keep what was chosen in the form; what was wrong, by field, in one sentence each."""
    user, problems = signed_in(request), dict[str, str]()
    if no_room(request):
        return {"attachments": NO_ROOM}
    if too_big(request):
        return {"file" if "file" in _fields(lesson) else "attachments": too_large(kinds_of(lesson, "file")).messages[0]}
    for field in FIELDS:
        for uploaded in request.FILES.getlist(field):
            try:
                if field == "attachments":
                    actions.attach(user, lesson, uploaded)
                else:
                    actions.set_file(user, lesson, field, uploaded)
            except ValidationError as error:
                problems[field] = f"{uploaded.name}: {error.messages[0]}"
                request.upload_status = status_of(error)  # type: ignore[attr-defined]
    return problems


def _fields(lesson: Lesson) -> tuple[str, ...]:
    return lesson_kinds.find(lesson.kind).fields


@require_POST
@limited("uploads")
@takes_files(VIDEOS, may=_writes)
def lesson_upload(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST files as `file`, `captions` or `attachments`, or what is to go as `remove`; what is typed stays as typed."""
    course = written(request, pk)
    lesson = lesson_of(course, lesson_pk)
    problems = _take_files(request, lesson) or _remove(request, lesson)
    status = getattr(request, "upload_status", 422) if problems else 200
    lesson = lesson_of(course, lesson_pk)
    if not wants_fragment(request):
        return _page(request, course, lesson, LessonForm(request.POST, instance=copy(lesson)), files=problems)
    context = {"course": course, "lesson": lesson, "kind": lesson_kinds.find(lesson.kind), "file_errors": problems}
    context |= _files(lesson)
    return render(request, "courses/build/_lesson_files.html", context, status=status)


def _remove(request: HttpRequest, lesson: Lesson) -> dict[str, str]:
    """Take a file away: `file`, `captions`, or an attachment by its number."""
    what, user = request.POST.get("remove", ""), signed_in(request)
    if what.isdecimal() and len(what) < 19:
        actions.detach(user, get_object_or_404(lesson.attachments.select_related("lesson__module__course"), pk=what))
    elif what in {"file", "captions"}:
        try:
            actions.set_file(user, lesson, what, None)
        except ValidationError as error:
            return {what: error.messages[0]}
    return {}


@require_POST
def text_preview(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST `body`: how it will look, and what its author should know about it. Nothing is written."""
    course = written(request, pk)
    lesson = lesson_of(course, lesson_pk)
    _, body = markdown.front_matter(request.POST.get("body", "")[: markdown.LIMIT + 1])
    rendered = markdown.read(body, resolver(lesson))
    return render(request, "courses/build/_text_preview.html", {"rendered": rendered})
