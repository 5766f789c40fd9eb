"""Reacting to a message, and who can be named in one."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.conversations import actions, live, mentions
from apps.conversations.lookups import conversation_of, message_of
from apps.conversations.models import Message
from apps.core.limits import limited

# Characters of names that are looked at in one go.
MAX_ASKED = 2_000


@require_http_methods(["POST", "DELETE"])
@limited("posts")
def reaction_list(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """POST reacts with `emoji`, DELETE takes that back; the answer is the message as everyone now sees it."""
    user, message = signed_in(request), message_of(request, pk, message_pk)
    change = actions.add_reaction if request.method == "POST" else actions.remove_reaction
    try:
        change(user, message, (request.POST if request.method == "POST" else request.GET).get("emoji", ""))
    except ValidationError as error:
        return render(request, "conversations/_composer_error.html", {"error": error.messages[0]}, status=422)
    except PermissionDenied as error:
        return render(request, "conversations/_composer_error.html", {"error": error}, status=403)
    return HttpResponse(live.upsert(message.conversation, [Message.objects.for_display().get(pk=message.pk)]))


@require_safe
@limited("search")
def person_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Those who can be mentioned in a message for `audience` and whose name begins with `q`, to complete it.

    With `beyond`, those alone who don't read that other audience: naming them there would tell nobody. With `names`,
    each what begins with a name (after its sign), the question which of them reach nobody.
    """
    user, conversation = signed_in(request), conversation_of(request, pk)
    audiences = conversation.type.audiences(user)
    audience, beyond = request.GET.get("audience") or audiences[0], request.GET.get("beyond")
    if audience not in audiences or (beyond and beyond not in audiences):
        raise Http404
    if names := request.GET.getlist("names"):
        text = "\n".join(f"@{name}" for name in names[: mentions.MAX_MENTIONS])[:MAX_ASKED]
        unknown = mentions.unknown(text, conversation.type.readers(conversation, audience))
        return render(request, "conversations/_unknown_names.html", {"names": unknown})
    people = mentions.complete(conversation, audience, request.GET.get("q", ""), user)
    if beyond:
        people = people.exclude(pk__in=conversation.type.readers(conversation, beyond).values("pk"))
    return render(request, "conversations/_mention_options.html", {"people": people[: mentions.MAX_PEOPLE]})
