"""What the pages of one community have in common: the course's tabs, and below them its own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from apps.accounts.people import signed_in
from apps.community import live, policies
from apps.community.models import Community
from apps.courses.access import Access
from apps.courses.pages import render_course


def render_community(
    request: HttpRequest, community: Community, template: str, part: str = "", *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of a community, or for htmx the `part` of it that is asked for."""
    user = signed_in(request)
    said = {
        "community": community,
        "channel": live.channel(community.pk),
        "may_write": policies.may_write(user, community),
        "may_moderate": policies.may_moderate(user, community),
    }
    access = Access(user, community.course)
    return render_course(request, access, template, part, status=status, **said | context)


def render_closed(request: HttpRequest, course_pk: int) -> HttpResponse:
    """What stands where a course leads to its community while only moderators may read that; 404 for all others."""
    user = signed_in(request)
    around = Community.objects.around(user).select_related("course")
    community = get_object_or_404(around, course=course_pk)
    return render_course(request, Access(user, community.course), "community/community_closed.html")
