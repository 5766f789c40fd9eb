"""What the pages of a course share: who reads it, its tabs, and a layout for readers without an account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from apps.core.htmx import wants_fragment
from apps.courses import course_tabs
from apps.courses.access import Access
from apps.courses.models import Course


def layout(request: HttpRequest) -> str:
    """The template that a page extends which is open to everybody, too."""
    return "shell.html" if request.user.is_authenticated else "courses/public.html"


def find_course(request: HttpRequest, pk: int) -> Access:
    """A course that the reader may see, as they may see it; Http404 otherwise."""
    visible = Course.objects.visible_to(request.user).select_related("category", "cover")
    return Access(request.user, get_object_or_404(visible, pk=pk))


def tabs(request: HttpRequest, course: Course) -> list[course_tabs.TabLink]:
    """The tabs of a course on a page that isn't rendered here, a list."""
    return course_tabs.links(request, Access(request.user, course))


def render_course(
    request: HttpRequest, access: Access, page: str, part: str = "", status: int = 200, **context: Any
) -> HttpResponse:
    """A page of a course, or for htmx its part."""
    fragment = bool(part) and wants_fragment(request)
    context |= {"access": access, "course": access.course, "layout": layout(request)}
    if not fragment:
        context["tabs"] = course_tabs.links(request, access)
    response = render(request, part if fragment else page, context, status=status)
    if part:
        response.headers["Vary"] = "HX-Request"
    return response
