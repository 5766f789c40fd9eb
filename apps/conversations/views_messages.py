"""What one does to a message that is there: edit, delete, take back, pin."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.conversations import actions, live
from apps.conversations.approval import Waits
from apps.conversations.lookups import conversation_of, message_of
from apps.conversations.models import Message
from apps.conversations.threads import open_thread
from apps.conversations.views import waits
from apps.core.limits import limited


def _answer(request: HttpRequest, change: Callable[[], Message]) -> HttpResponse:
    """The message as everyone now sees it, or in one sentence why it stays as it was."""
    try:
        changed = change()
    except Waits as waiting:
        return waits(request, waiting.held.conversation, waiting)
    except ValidationError as error:
        return render(request, "conversations/_composer_error.html", {"error": error.messages[0]}, status=422)
    except PermissionDenied as error:
        return render(request, "conversations/_composer_error.html", {"error": error}, status=403)
    message = Message.objects.for_display().get(pk=changed.pk)
    return HttpResponse(live.upsert(changed.conversation, [message]))


@require_http_methods(["POST", "DELETE"])
@limited("posts")
def message_detail(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """POST gives a message another `body`, DELETE leaves a tombstone in its place."""
    user, message = signed_in(request), message_of(request, pk, message_pk)
    if request.method == "DELETE":
        return _answer(request, lambda: actions.delete_message(user, message))
    return _answer(request, lambda: actions.edit_message(user, message, request.POST.get("body", "")))


@require_safe
def message_source(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """The text of a message as it was typed: what is edited or copied where pages show the HTML made of it."""
    message = message_of(request, pk, message_pk)
    if message.deleted:
        raise Http404
    return HttpResponse(message.body, content_type="text/plain; charset=utf-8")


@require_http_methods(["DELETE"])
@limited("posts")
def message_sending(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """DELETE takes back what was sent a moment ago: nothing of it stays on anybody's page."""
    user, message = signed_in(request), message_of(request, pk, message_pk)
    return _answer(request, lambda: actions.retract_message(user, message))


@require_http_methods(["POST", "DELETE"])
@limited("posts")
def message_pin(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """POST pins a message above its conversation, DELETE takes it down."""
    user, message = signed_in(request), message_of(request, pk, message_pk)
    change = actions.pin_message if request.method == "POST" else actions.unpin_message
    return _answer(request, lambda: change(user, message))


@require_safe
def pin_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The pinned messages that this person may read, as they stand above the conversation."""
    thread = open_thread(signed_in(request), conversation_of(request, pk), size=0)
    return render(request, "conversations/_pins.html", {"thread": thread})
