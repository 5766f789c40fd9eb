"""What a student does in a lesson: visiting, opening, watching, completing, and undoing that."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment
from apps.courses import actions, watching
from apps.courses.models import Lesson, LessonProgress
from apps.courses.own import own_courses
from apps.courses.pages import find_course
from apps.courses.views_lessons import find_lesson, lesson_context
from apps.students.models import Student


@require_safe
def own_list(request: HttpRequest) -> HttpResponse:
    """A student's own courses as their home page shows them; a browser that comes here gets the catalogue."""
    user = signed_in(request)
    if not wants_fragment(request):
        return redirect("courses:course_list")
    student = Student.objects.filter(user=user).first()
    return render(request, "courses/_own.html", {"own_courses": own_courses(student)})


@require_POST
def visit_create(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """Record that the student has this lesson open: this is where they continue next time."""
    actions.visit_lesson(signed_in(request), find_lesson(request, pk, lesson_pk))
    return HttpResponse(status=204)


@require_POST
def opening_create(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """The lesson's file or link was opened."""
    return _answer(request, pk, lesson_pk, actions.open_lesson)


@require_POST
def completion_create(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """The lesson is done."""
    return _answer(request, pk, lesson_pk, actions.complete_lesson)


@require_POST
def completion_removal(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """Undo a completion."""
    return _answer(request, pk, lesson_pk, actions.undo_completion)


@require_POST
def watching_create(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """A player reports: `ranges` is a list of [from, to], `at` where it stands, all in seconds of the video."""
    lesson = find_lesson(request, pk, lesson_pk)
    length = lesson.file.seconds if lesson.file else None
    try:
        sent = json.loads(request.POST.get("ranges", "[]")[:20_000])
        at = float(request.POST.get("at", "0"))
    except ValueError:
        return HttpResponse(status=400)
    position = watching.position(at, length)
    actions.watch_lesson(signed_in(request), lesson, watching.read(sent, length), position)
    return HttpResponse(status=204)


def _answer(
    request: HttpRequest, pk: int, lesson_pk: int, act: Callable[[User, Lesson], LessonProgress]
) -> HttpResponse:
    """Act, then show htmx the lesson's bar and the outline; without script, the page."""
    lesson = find_lesson(request, pk, lesson_pk)
    act(signed_in(request), lesson)
    if not wants_fragment(request):
        return redirect(lesson)
    access = find_course(request, pk)
    context = lesson_context(request, access, lesson) | {"access": access, "course": access.course}
    return render(request, "courses/_lesson_answer.html", context)
