"""The outline of a course is built: each change answers with the outline as it then is. No address has a position."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.editing import EditConflict
from apps.core.htmx import wants_fragment
from apps.courses import actions
from apps.courses.actions.outline import StaleOrderError
from apps.courses.building import Outline, place_of
from apps.courses.forms import first_error
from apps.courses.forms_building import ModuleForm, NewLessonForm, OrderForm, RowForm
from apps.courses.lesson_text import lesson_url
from apps.courses.models import Course, Lesson, Module
from apps.courses.views_building import edit_url, page, written


def module_of(course: Course, pk: int) -> Module:
    """A module of a course, removed or not."""
    return get_object_or_404(course.modules.select_related("course"), pk=pk)


def lesson_of(course: Course, pk: int, *, removed: bool = False) -> Lesson:
    """A lesson of a course that is in its outline, or was."""
    lessons = Lesson.objects.all() if removed else Lesson.objects.present()
    return get_object_or_404(lessons.select_related("module__course", "file", "captions"), pk=pk, module__course=course)


def answer(request: HttpRequest, outline: Outline, status: int = 200) -> HttpResponse:
    """The outline for htmx; without script the page, or where something was done the way back to it."""
    course = outline.course
    # Before the rows are read: an order that is sent with it was made from no older outline than it says.
    course.refresh_from_db(fields=["outline_version"])
    if wants_fragment(request):
        return render(
            request, "courses/build/_outline_answer.html", {"outline": outline, "course": course}, status=status
        )
    if status == 200 and request.method == "POST":
        if outline.done:
            messages.success(request, outline.done)
        return redirect(f"{edit_url(course)}#course-{course.pk}-outline")
    return page(request, course, outline, status=status)


def refused(request: HttpRequest, course: Course, where: str, problem: BaseForm | ValidationError) -> HttpResponse:
    """The outline with what was typed still in its form, and what is wrong with it."""
    form = problem if isinstance(problem, BaseForm) else None
    error = "" if form else first_error(problem)  # type: ignore[arg-type]
    return answer(request, Outline(course, open=where, form=form, error=error), status=422)


@require_safe
def outline(request: HttpRequest, pk: int) -> HttpResponse:
    """The outline as it is now; `?open=lesson-12` with that row as a form."""
    course = written(request, pk)
    return answer(request, Outline(course, open=request.GET.get("open", "")[:40]))


@require_POST
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """POST the whole order, with the version of the outline that it was made from, and perhaps one step from there."""
    course = written(request, pk)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return refused(request, course, "", ValidationError("This order doesn't match the course. Reload the page."))
    try:
        course = actions.reorder(signed_in(request), course, form.wanted, form.cleaned_data["version"])
    except StaleOrderError as stale:
        return answer(request, Outline(course, error=stale.messages[0]), status=409)
    except ValidationError as problem:
        return refused(request, course, "", problem)
    what, number, *_ = (form.cleaned_data["move"] or form.cleaned_data["dragged"] or "--").split("-")
    done = place_of(course, int(number)) if what == "lesson" else "The modules were reordered." if what else ""
    return answer(request, Outline(course, done=done, said=True))


@require_POST
def module_create(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `title`: a module at the end."""
    course = written(request, pk)
    form = ModuleForm(request.POST)
    if not form.is_valid():
        return refused(request, course, "new-module", form)
    try:
        module = actions.add_module(signed_in(request), course, form.cleaned_data["title"])
    except ValidationError as problem:
        form.add_error(None, problem)
        return refused(request, course, "new-module", form)
    return answer(request, Outline(course, done=f"“{module}” was added. Now add its first lesson.", said=True))


@require_POST
def module_edit(request: HttpRequest, pk: int, module_pk: int) -> HttpResponse:
    """POST `title`: another title for a module."""
    course = written(request, pk)
    module, form = module_of(course, module_pk), ModuleForm(request.POST)
    if not form.is_valid():
        return refused(request, course, f"module-{module.pk}", form)
    actions.rename_module(signed_in(request), module, form.cleaned_data["title"])
    return answer(request, Outline(course, done="Renamed.", said=True))


@require_POST
def module_removal(request: HttpRequest, pk: int, module_pk: int) -> HttpResponse:
    """POST takes a module out, its lessons with it; with `undo` they come back."""
    course, user = written(request, pk), signed_in(request)
    module = module_of(course, module_pk)
    if "undo" in request.POST:
        actions.restore_module(user, module)
        return answer(request, Outline(course, done=f"“{module}” is back.", said=True))
    actions.remove_module(user, module)
    return answer(request, Outline(course, done=f"“{module}” is removed, with its lessons.", undo=module))


@require_POST
def lesson_create(request: HttpRequest, pk: int, module_pk: int) -> HttpResponse:
    """POST `title` and `kind`: a draft at the end of a module."""
    course = written(request, pk)
    module, form = module_of(course, module_pk), NewLessonForm(request.POST)
    if form.is_valid():
        try:
            kind = form.cleaned_data["kind"] or "text"
            lesson = actions.add_lesson(signed_in(request), module, form.cleaned_data["title"], kind)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            return answer(request, Outline(course, done=f"“{lesson}” was added as a draft.", said=True))
    return refused(request, course, f"module-{module.pk}-add", form)


@require_POST
def lesson_row(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST a lesson's title, minutes, and whether it is optional or a free preview."""
    course = written(request, pk)
    lesson = lesson_of(course, lesson_pk)
    form, where = RowForm(request.POST, instance=copy(lesson)), f"lesson-{lesson.pk}"
    if not form.is_valid():
        return refused(request, course, where, form)
    try:
        actions.update_lesson(signed_in(request), lesson, form.changes, form.seen)
    except EditConflict as conflict:
        form.explain_conflict(conflict)
        return answer(request, Outline(course, open=where, form=form), status=409)
    except ValidationError as problem:
        form.add_error(None, problem)
        return refused(request, course, where, form)
    return answer(request, Outline(course, done="Saved.", said=True))


@require_safe
def lesson_menu(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """What can be done with a lesson: asked for when its menu is opened."""
    course = written(request, pk)
    lesson = lesson_of(course, lesson_pk)
    context = {"course": course, "lesson": lesson, "preview_url": lesson_url(course.pk, lesson.pk)}
    return render(request, "courses/build/_lesson_menu.html", context)


@require_POST
def lesson_removal(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST takes a lesson out; with `undo` it comes back."""
    course, user = written(request, pk), signed_in(request)
    lesson = lesson_of(course, lesson_pk, removed=True)
    if "undo" in request.POST:
        actions.restore_lesson(user, lesson)
        return answer(request, Outline(course, done=f"“{lesson}” is back.", said=True))
    actions.remove_lesson(user, lesson)
    return answer(request, Outline(course, done=f"“{lesson}” is removed.", undo=lesson))


@require_POST
def lesson_copy(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST: another lesson like it, right behind it."""
    course = written(request, pk)
    try:
        double = actions.duplicate_lesson(signed_in(request), lesson_of(course, lesson_pk))
    except ValidationError as problem:
        return refused(request, course, "", problem)
    return answer(request, Outline(course, done=f"“{double}” was added as a draft."))


@require_POST
def lesson_publication(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """POST publishes a lesson; with `draft` it becomes one again."""
    course, user = written(request, pk), signed_in(request)
    lesson = lesson_of(course, lesson_pk)
    if "draft" in request.POST:
        actions.unpublish_lesson(user, lesson)
        return answer(request, Outline(course, done=f"“{lesson}” is a draft: students don't see it."))
    return _published(request, course, [lesson])


@require_POST
def all_published(request: HttpRequest, pk: int) -> HttpResponse:
    """POST publishes all drafts that can be, and says why the others can't."""
    course = written(request, pk)
    drafts = Lesson.objects.present().filter(module__course=course, published=False)
    return _published(request, course, [*drafts])


def _published(request: HttpRequest, course: Course, lessons: list[Lesson]) -> HttpResponse:
    found = actions.publish_lessons(signed_in(request), course, lessons)
    refusals = [f"“{lesson}” isn't published: {' '.join(why)}" for lesson, why in found.refused]
    more = f" and {len(refusals) - 3} more." if len(refusals) > 3 else ""
    count = len(found.done)
    done = f"“{found.done[0]}” is published." if count == 1 else f"{count} lessons are published." if count else ""
    if refusals:
        error = " ".join(refusals[:3]) + more
        return answer(request, Outline(course, error=error, done=done), status=422)
    return answer(request, Outline(course, done=done))
