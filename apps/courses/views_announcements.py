"""Announcements: read by everyone in a course, written by its teachers."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.limits import limited
from apps.courses import actions, live, policies
from apps.courses.access import Access
from apps.courses.forms_announcing import AnnouncementForm
from apps.courses.models import Announcement, Course
from apps.courses.pages import render_course

SHOWN = 100


@require_safe
def announcement_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The announcements of a course that the reader may see, the newest first."""
    user, course = signed_in(request), _find(request, pk)
    rows = Announcement.objects.visible_to(user).filter(course=course).select_related("author", "batch")
    shown = list(rows[:SHOWN])
    writes = policies.can_write(user, course)
    for row in shown:
        row.course = course
        row.may_change = writes or policies.can_change_announcement(user, row)  # type: ignore[attr-defined]
    may_add = writes or course.batches.filter(teacher=user).exists()
    page, part = "courses/announcements/announcement_list.html", "courses/announcements/_list.html"
    channel = live.course_channel(course.pk)
    return render_course(
        request, Access(user, course), page, part, announcements=shown, may_add=may_add, channel=channel
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def announcement_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce something to everyone in a course, or to a batch of it."""
    user, course = signed_in(request), _find(request, pk)
    if not (policies.can_write(user, course) or course.batches.filter(teacher=user).exists()):
        raise Http404
    form = AnnouncementForm(request.POST or None, user=user, course=course)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        actions.announce(user, course, cleaned["title"], cleaned["body"], form.chosen_batch())
        messages.success(request, "Announced. Everyone it is for has been notified.")
        return redirect("courses:announcement_list", course.pk)
    return _form(request, course, form)


@require_http_methods(["GET", "HEAD", "POST"])
def announcement_edit(request: HttpRequest, pk: int, announcement_pk: int) -> HttpResponse:
    """Edit an announcement."""
    user, announcement = signed_in(request), _find_changeable(request, pk, announcement_pk)
    form = AnnouncementForm(request.POST or None, instance=announcement, user=user, course=announcement.course)
    if request.method == "POST" and form.is_valid():
        actions.edit_announcement(user, announcement, form.cleaned_data["title"], form.cleaned_data["body"])
        messages.success(request, "Saved.")
        return redirect("courses:announcement_list", pk)
    return _form(request, announcement.course, form, announcement=announcement)


@require_POST
def announcement_removal(request: HttpRequest, pk: int, announcement_pk: int) -> HttpResponse:
    """Delete an announcement and its notifications."""
    actions.remove_announcement(signed_in(request), _find_changeable(request, pk, announcement_pk))
    messages.success(request, "The announcement was removed.")
    return redirect("courses:announcement_list", pk)


def _find(request: HttpRequest, pk: int) -> Course:
    course = get_object_or_404(Course.objects.visible_to(request.user), pk=pk)
    if not policies.can_read_announcements(signed_in(request), course):
        raise Http404
    return course


def _find_changeable(request: HttpRequest, pk: int, announcement_pk: int) -> Announcement:
    user = signed_in(request)
    rows = Announcement.objects.visible_to(user).filter(course=_find(request, pk)).select_related("course", "batch")
    announcement = get_object_or_404(rows, pk=announcement_pk)
    if not policies.can_change_announcement(user, announcement):
        raise Http404
    return announcement


def _form(
    request: HttpRequest, course: Course, form: AnnouncementForm, announcement: Announcement | None = None
) -> HttpResponse:
    page, status = "courses/announcements/announcement_edit.html", 422 if form.is_bound else 200
    access = Access(signed_in(request), course)
    return render_course(request, access, page, status=status, form=form, announcement=announcement)
