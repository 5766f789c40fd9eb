"""What an address names, found through what the person who asks may see; 404 for the rest."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from apps.accounts.people import signed_in
from apps.community.models import Community, Topic


def community_of(request: HttpRequest, course_pk: int) -> Community:
    """The community of a course, with the course."""
    rows = Community.objects.visible_to(signed_in(request)).select_related("course")
    return get_object_or_404(rows, course=course_pk)


def topic_of(request: HttpRequest, pk: int) -> Topic:
    """A topic with its community and course."""
    rows = Topic.objects.visible_to(signed_in(request)).select_related("community__course", "conversation", "author")
    return get_object_or_404(rows, pk=pk)
