"""Communities: which there are, the picture of one, and its chat."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.community.lookups import community_of, place_asked
from apps.community.overview import CommunityList
from apps.community.pages import render_community
from apps.conversations.threads import open_thread
from apps.core.listing import render_list
from apps.files.serving import serve


@require_safe
def community_list(request: HttpRequest) -> HttpResponse:
    """The communities that this person reads, each with what is new in it."""
    listing = CommunityList(signed_in(request), request.GET)
    return render_list(request, listing, "community/community_list.html")


@require_safe
def community_banner(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture of a community."""
    community = community_of(request, pk)
    if community.banner is None:
        raise Http404
    return serve(request, community.banner, caching="private, no-cache")


@require_safe
def chat_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The chat of a course, at its end or around a message (`at`)."""
    community = community_of(request, pk)
    thread = open_thread(signed_in(request), community.chat, place_asked(request, community.chat))
    return render_community(request, community, "community/chat_detail.html", thread=thread)
