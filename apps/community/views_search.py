"""Searching one community."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.community.finding import MAX_TOPICS, search_messages, search_titles
from apps.community.lookups import community_of
from apps.community.pages import render_community
from apps.conversations.views_search import typed
from apps.core.limits import limited


@require_safe
@limited("search")
def search_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The topics whose title matches `q`, and the newest messages that do: in topics, in the chat, under lessons."""
    user, community = signed_in(request), community_of(request, pk)
    try:
        text, before = typed(request)
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    results = search_messages(user, community, text, before)
    topics = [] if before else search_titles(user, community, results.query)
    part = "conversations/_hits.html" if before else "community/_found.html"
    context: dict[str, Any] = {
        "results": results,
        "topics": topics[:MAX_TOPICS],
        "more_topics": len(topics) > MAX_TOPICS,
    }
    return render_community(request, community, "community/search_list.html", part, url=request.path, **context)
