"""Direct conversations: whom one talks with, and beginning to."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations import actions, policies
from apps.conversations.direct import contacts, reachable
from apps.conversations.listing import NAMES, TalkList
from apps.conversations.models import Conversation
from apps.conversations.threads import number, open_thread
from apps.core.finding import every_word, typed
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list

PEOPLE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def talk_list(request: HttpRequest) -> HttpResponse:
    """The direct conversations one has; POST begins one with `user`, or goes on with it."""
    user = signed_in(request)
    if request.method == "POST":
        return _begin(request, user)
    return render_list(request, TalkList(user, request.GET), "conversations/talk_list.html")


def _begin(request: HttpRequest, user: User) -> HttpResponse:
    """Whom one may not write to is not found, unless the two have talked before."""
    try:
        chosen = number(request.POST.get("user", ""))
    except ValueError as error:
        raise Http404 from error
    conversation = actions.open_direct(user, get_object_or_404(reachable(user), pk=chosen))
    return redirect("conversations:conversation_detail", conversation.pk)


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """To whom one may write, by name."""
    text = typed(request.GET.get("q", ""))
    found: QuerySet[User] = contacts(signed_in(request)).filter(every_word(text, *NAMES))
    people = list(found.distinct()[: PEOPLE + 1])
    context = {"people": people[:PEOPLE], "more": len(people) > PEOPLE, "text": text}
    return render_part(request, "conversations/people_list.html", "conversations/_contacts.html", context)


@require_http_methods(["POST", "DELETE"])
def lock(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a conversation for writing (POST), or open it again (DELETE, or POST with `open`)."""
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    if not policies.can_lock(user, conversation):
        raise Http404
    opening = request.method == "DELETE" or "open" in request.POST
    try:
        actions.set_locked(user, conversation, not opening)
    except actions.ReasonMissing as missing:
        return HttpResponse(headers={"HX-Redirect": missing.url}) if wants_fragment(request) else redirect(missing.url)
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect(conversation.type.url(conversation, user))


@require_safe
def foot(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands under the messages as it is now: the composer, or that the conversation is closed."""
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    return render(request, "conversations/_foot.html", {"thread": open_thread(user, conversation, size=0)})
