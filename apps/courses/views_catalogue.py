"""The catalogue, one course, and its cover. What a reader may not see is not found, signed in or not."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.core.listing import render_list
from apps.courses import policies
from apps.courses.catalogue import Catalogue
from apps.courses.outlines import Outline
from apps.courses.pages import find_course, layout, render_course
from apps.files.serving import serve


@require_safe
@login_not_required
def course_list(request: HttpRequest) -> HttpResponse:
    """The courses that the reader may see, searched and filtered."""
    user = request.user
    may_add = isinstance(user, User) and policies.can_add(user)
    listing = Catalogue(user, request.GET)
    return render_list(request, listing, "courses/course_list.html", may_add=may_add, layout=layout(request))


@require_safe
@login_not_required
def course_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a course is, who teaches it, its outline, and the way in; for htmx the part that changes."""
    access = find_course(request, pk)
    outline = Outline(access)
    return render_course(request, access, "courses/course_detail.html", "courses/_course.html", outline=outline)


@require_safe
@login_not_required
def course_cover(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture of a course."""
    access = find_course(request, pk)
    if access.course.cover is None:
        raise Http404
    return serve(request, access.course.cover, caching="private, no-cache")
