"""Communities: which there are, the chat, and who is in one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.community.lookups import community_of
from apps.community.models import Community
from apps.community.pages import render_community
from apps.conversations.lookups import conversation_of
from apps.conversations.threads import Place, number, open_thread

SHOWN_PEOPLE = 200


@require_safe
def community_list(request: HttpRequest) -> HttpResponse:
    """The communities that this person reads."""
    rows = Community.objects.visible_to(signed_in(request)).select_related("course", "banner")
    return render(request, "community/community_list.html", {"communities": rows.order_by("course__title")})


@require_safe
def chat_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The chat of a course, at its end or around a message (`at`)."""
    community = community_of(request, pk)
    at = request.GET.get("at", "")
    place = Place(around=number(at)) if at.isascii() and at.isdigit() and len(at) < 19 else Place()
    thread = open_thread(signed_in(request), conversation_of(request, community.chat_id), place)
    return render_community(request, community, "community/chat_detail.html", thread=thread)


@require_safe
def member_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reads a community, by role."""
    community = community_of(request, pk)
    people = community.readers().order_by("given_name", "family_name", "pk")[:SHOWN_PEOPLE]
    return render_community(request, community, "community/member_list.html", people=people)
