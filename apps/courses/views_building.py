"""Creating and describing a course: details, cover and publication, next to its outline."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.people import signed_in
from apps.core.editing import EditConflict
from apps.core.htmx import wants_fragment
from apps.courses import actions, policies
from apps.courses.building import Outline
from apps.courses.forms_building import CourseForm
from apps.courses.models import Course
from apps.courses.pages import layout, tabs
from apps.files.kinds import PICTURES
from apps.files.uploads import sent_file, status_of


def written(request: HttpRequest, pk: int) -> Course:
    """A course that this person may change; nothing else is found."""
    courses = Course.objects.written_by(signed_in(request)).select_related("category", "cover")
    return get_object_or_404(courses, pk=pk)


def edit_url(course: Course) -> str:
    """The page on which a course is built."""
    return reverse("courses:course_edit", args=[course.pk])


@require_http_methods(["GET", "HEAD", "POST"])
def course_create(request: HttpRequest) -> HttpResponse:
    """A new course, as a draft; then its own page, where modules and lessons are added."""
    user = signed_in(request)
    if not policies.can_add(user):
        raise Http404
    form = CourseForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            course = actions.create_course(user, form.save(commit=False), form.cleaned_data["teachers"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"“{course}” was created as a draft. Now add its first module.")
            return redirect(edit_url(course))
    return render(request, "courses/build/course_create.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def course_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One course as those who write it see it. POST saves its details."""
    course = written(request, pk)
    if request.method == "POST":
        return _save(request, course)
    return page(request, course, Outline(course, open=request.GET.get("open", "")[:40]))


def _save(request: HttpRequest, course: Course) -> HttpResponse:
    """Answer htmx with the form, the errors at their fields; without script, with the page."""
    user = signed_in(request)
    form, status = CourseForm(request.POST, instance=copy(course), user=user), 422
    if form.is_valid():
        try:
            course = actions.update_course(user, course, form.changes, form.seen)
        except EditConflict as conflict:
            form.explain_conflict(conflict)
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
    if not form.is_valid():
        return _details(request, course, form, status=status)
    if wants_fragment(request):
        return _details(request, course, CourseForm(instance=copy(course), user=user), saved=True)
    messages.success(request, "Saved.")
    return redirect(edit_url(course))


def _details(
    request: HttpRequest, course: Course, form: CourseForm, saved: bool = False, status: int = 200
) -> HttpResponse:
    if wants_fragment(request):
        context = {"course": course, "form": form, "saved": saved}
        return render(request, "courses/build/_details_answer.html", context, status=status)
    return page(request, course, Outline(course), form, status=status)


def page(
    request: HttpRequest, course: Course, outline: Outline, form: CourseForm | None = None, status: int = 200
) -> HttpResponse:
    """The whole page."""
    form = form or CourseForm(instance=copy(course), user=signed_in(request))
    context = {"course": course, "outline": outline, "form": form, "pictures": PICTURES}
    context |= {"layout": layout(request), "tabs": tabs(request, course)}
    return render(request, "courses/build/course_edit.html", context, status=status)


@require_POST
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """POST publishes a course; with `draft` it becomes one again."""
    course = actions.show_course(signed_in(request), written(request, pk), "draft" not in request.POST)
    if wants_fragment(request):
        return render(request, "courses/build/_publication.html", {"course": course})
    return redirect(edit_url(course))


@require_POST
def cover(request: HttpRequest, pk: int) -> HttpResponse:
    """POST a picture as `cover`; with `remove` it goes."""
    course, status, error = written(request, pk), 200, ""
    try:
        picture = None if "remove" in request.POST else sent_file(request, "cover", kinds=PICTURES)
        course = actions.set_cover(signed_in(request), course, picture)
    except ValidationError as problem:
        status, error = status_of(problem), problem.messages[0]
    context = {"course": course, "cover_error": error, "pictures": PICTURES}
    if wants_fragment(request):
        return render(request, "courses/build/_cover.html", context, status=status)
    if error:
        messages.error(request, error)
    return redirect(edit_url(course))
