"""Muting a conversation, assigning it to somebody, and who reads it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations import actions, policies
from apps.conversations.composing import readers
from apps.conversations.lookups import conversation_of
from apps.conversations.models import Audience, Conversation
from apps.conversations.threads import number, open_thread
from apps.core.htmx import render_part, wants_fragment


@require_POST
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """Hear nothing of a conversation for a `span`: an `hour`, a `day`, `always`, or `off` to hear of it again."""
    user, conversation = signed_in(request), conversation_of(request, pk)
    try:
        until = actions.mute(user, conversation, request.POST.get("span", ""))
    except ValidationError as error:
        return HttpResponseBadRequest(error.messages[0])
    if not wants_fragment(request):
        return redirect(conversation.type.url(conversation, user))
    return render(request, "conversations/_mute.html", {"conversation": conversation, "muted_until": until})


@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose a conversation is to see to: GET shows it with whom else it could be given to, POST gives it to `user`.

    With `part=whose` the line above the thread alone.
    """
    user, conversation = signed_in(request), conversation_of(request, pk)
    if not policies.can_assign(user, conversation):
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            conversation = actions.assign(user, conversation, _chosen(request, conversation))
        except ValidationError as refusal:
            error = refusal.messages[0]
        if not wants_fragment(request):
            if error:
                messages.error(request, error)
            return redirect(conversation.type.url(conversation, user))
    if request.GET.get("part") == "whose":
        return render(request, "conversations/_whose.html", {"conversation": conversation})
    people = policies.assignees(conversation).order_by("given_name", "family_name", "pk")
    context = {"conversation": conversation, "people": people, "error": error}
    return render(request, "conversations/_assignment.html", context, status=422 if error else 200)


def _chosen(request: HttpRequest, conversation: Conversation) -> User | None:
    """The person that was chosen, None for nobody; raises ValidationError for what is no choice."""
    text = request.POST.get("user", "")
    try:
        pk = number(text) if text else 0
    except ValueError:
        pk = -1
    person = policies.assignees(conversation).filter(pk=pk).first() if pk > 0 else None
    if text and not person:
        raise ValidationError("Choose somebody who reads this conversation.")
    return person


@require_safe
def reader_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reads the team notes of a conversation, for those who do."""
    conversation = conversation_of(request, pk)
    rules = conversation.type
    if Audience.STAFF not in rules.audiences(signed_in(request)):
        raise Http404
    context = {
        "conversation": conversation,
        "addressee": rules.addressee(conversation),
        "readers": readers(conversation),
    }
    return render_part(request, "conversations/reader_list.html", "conversations/_readers.html", context)


@require_safe
def addressee_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the person whom a conversation is about can read it, for the team."""
    thread = open_thread(signed_in(request), conversation_of(request, pk), size=0)
    if not thread.is_team:
        raise Http404
    return render(request, "conversations/_addressee.html", {"thread": thread})
