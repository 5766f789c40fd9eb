"""How far the students of a course are: all of them in a grid, one of them lesson by lesson, and the grid as a file."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.core.csv_writer import csv_response
from apps.core.listing import render_list
from apps.courses import course_tabs
from apps.courses.access import Access
from apps.courses.grid import Grid, export_rows, followed
from apps.courses.models import Course
from apps.courses.pages import render_course
from apps.courses.student_progress import StudentProgress


def _find(request: HttpRequest, pk: int) -> Access:
    user = signed_in(request)
    return Access(user, get_object_or_404(Course.objects.read_by(user), pk=pk))


@require_safe
def progress_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """Students by lessons. Search `q`, `batch`, `module`, `sort` and `page`."""
    access = _find(request, pk)
    grid = Grid(signed_in(request), access.course, request.GET)
    tabs = course_tabs.links(request, access)
    return render_list(request, grid, "courses/progress/grid.html", course=access.course, tabs=tabs)


@require_safe
def progress_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The students that the grid shows, on all its pages, as CSV."""
    course = _find(request, pk).course
    return csv_response(f"progress-{course.pk}.csv", export_rows(Grid(signed_in(request), course, request.GET)))


@require_safe
def student_progress(request: HttpRequest, pk: int, student_pk: int) -> HttpResponse:
    """One student's way through the course: when each lesson was opened and done."""
    access = _find(request, pk)
    enrollment = get_object_or_404(followed(signed_in(request), access.course), student=student_pk)
    page, part = "courses/progress/student.html", "courses/progress/_student.html"
    return render_course(request, access, page, part, standing=StudentProgress(enrollment))
