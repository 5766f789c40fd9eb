"""One lesson and its files. A lesson that isn't open to the reader right now is a 404."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.core.htmx import wants_fragment
from apps.courses import below_lesson, completion_rules, lesson_kinds
from apps.courses.access import Access
from apps.courses.models import Lesson, LessonProgress
from apps.courses.outlines import Outline
from apps.courses.pages import find_course, render_course
from apps.files.serving import serve


def find_lesson(request: HttpRequest, pk: int, lesson_pk: int) -> Lesson:
    """A lesson of a course that is open to the reader now; Http404 otherwise."""
    visible = Lesson.objects.visible_to(request.user).filter(module__course=pk)
    return get_object_or_404(visible.select_related("module__course", "file", "captions"), pk=lesson_pk)


def lesson_context(request: HttpRequest, access: Access, lesson: Lesson) -> dict[str, Any]:
    """What the page of a lesson, and each part of it, needs."""
    kind, outline = lesson_kinds.find(lesson.kind), Outline(access)
    row = None
    if access.enrollment:
        row = LessonProgress.objects.filter(student=access.student, lesson=lesson).first()
    return {
        "lesson": lesson,
        "kind": kind,
        "rule": completion_rules.find(lesson.completion_rule),
        "outline": outline,
        "place": outline.place(lesson),
        "row": row,
        "attachments": lesson.attachments.select_related("file"),
        **kind.context(lesson, request.user),
    }


@require_safe
@login_not_required
def lesson_detail(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """A lesson with its outline; for htmx the lesson alone."""
    lesson = find_lesson(request, pk, lesson_pk)
    access = find_course(request, pk)
    context = lesson_context(request, access, lesson)
    if not wants_fragment(request):
        context["below"] = below_lesson.regions(access, lesson)
    response = render_course(request, access, "courses/lesson_detail.html", "courses/_lesson.html", **context)
    context["kind"].widen(response, lesson)
    return response


@require_safe
@login_not_required
def lesson_outline(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """The outline beside a lesson as it is now, and the bar below it."""
    lesson = find_lesson(request, pk, lesson_pk)
    access = find_course(request, pk)
    return render_course(request, access, "courses/_outline_answer.html", **lesson_context(request, access, lesson))


@require_safe
@login_not_required
def lesson_file(request: HttpRequest, pk: int, lesson_pk: int, file_pk: int) -> HttpResponseBase:
    """A picture in the text, or a file beside it; `?download` saves it."""
    attachment = get_object_or_404(find_lesson(request, pk, lesson_pk).attachments.select_related("file"), pk=file_pk)
    return serve(request, attachment.file, download="download" in request.GET)


@require_safe
@login_not_required
def lesson_main(request: HttpRequest, pk: int, lesson_pk: int, part: str) -> HttpResponseBase:
    """The lesson's own file, or the captions of its video."""
    lesson = find_lesson(request, pk, lesson_pk)
    stored = lesson.captions if part == "captions" else lesson.file
    if stored is None:
        raise Http404
    return serve(request, stored, download="download" in request.GET)
