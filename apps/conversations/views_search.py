"""Searching messages: on a page of its own, or in a panel over a thread."""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.conversations.fulltext.words import MAX_LENGTH
from apps.conversations.models import Conversation
from apps.conversations.search import search
from apps.conversations.threads import number
from apps.core.htmx import render_part
from apps.core.limits import limited


def typed(request: HttpRequest) -> tuple[str, int | None]:
    """What is searched for (`q`), and where the page before ended (`before`); raises ValueError for what none has."""
    before = _place(request.GET["before"]) if request.GET.get("before") else None
    return request.GET.get("q", "").replace("\0", " ")[:MAX_LENGTH], before


def _place(text: str) -> int:
    """Where a page of hits ended; raises ValueError for what can't be one."""
    if not re.fullmatch(r"\d{1,19}", text, re.ASCII):
        raise ValueError("A page of hits has a number.")
    return min(int(text), 2**63 - 1)


@require_safe
@limited("search")
def search_list(request: HttpRequest) -> HttpResponse:
    """The messages that match `q`, newest first; `in` one conversation or in all; `before` reads on."""
    user, query = signed_in(request), request.GET
    try:
        text, before = typed(request)
        wanted = number(query["in"]) if query.get("in") else None
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=wanted) if wanted else None
    context = {
        "results": search(user, text, conversation, before),
        "conversation": conversation,
        "url": request.path,
        "title": conversation.type.title(conversation, user) if conversation else "",
    }
    part = "conversations/_hits.html" if before else "conversations/_found.html"
    return render_part(request, "conversations/search_list.html", part, context)
