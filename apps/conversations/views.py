"""Reading, sending, catching up. What a person may not see is not found."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.conversations import actions, live, mentions
from apps.conversations.approval import Waits
from apps.conversations.cursor import Cursor
from apps.conversations.forms import MessageForm
from apps.conversations.lookups import conversation_of
from apps.conversations.models import Conversation, Message
from apps.conversations.threads import Place, catch_up, number, open_thread, position
from apps.conversations.views_files import taken_in
from apps.core import metrics
from apps.core.htmx import render_part
from apps.core.limits import check, limited, refuse


@require_safe
def conversation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A thread on a page of its own: where a toast or a copied link leads, and what works without script.

    For htmx a thread in a drawer, or (`part=thread`) the thread alone. `at` opens it around a message, `before` and
    `newer` at the key of one.
    """
    conversation = conversation_of(request, pk)
    try:
        place = _place(request, conversation)
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    if conversation.type.has_own_page and not request.htmx:  # type: ignore[attr-defined]
        # That page reads the same addresses.
        return redirect(f"{conversation.type.url(conversation, signed_in(request))}?{request.GET.urlencode()}")
    thread = open_thread(signed_in(request), conversation, place)
    part = "conversations/_thread.html" if "part" in request.GET else "conversations/_drawer.html"
    return render_part(request, "conversations/conversation_detail.html", part, {"thread": thread})


def _place(request: HttpRequest, conversation: Conversation) -> Place:
    """Where the address wants the thread opened; raises ValueError for what can't be the number of a message."""
    query = request.GET
    if "at" in query:
        return Place(around=number(query["at"]))
    branch = query.get("branch", "") if conversation.type.is_tree else ""
    return Place(
        branch=str(position(conversation, branch)) if branch else "",
        before=position(conversation, query["before"]) if query.get("before") else None,
        after=position(conversation, query["newer"]) if query.get("newer") else None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def message_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The messages of a thread: POST sends one, GET reads a page (`before`, `newer`) or what changed (`after`)."""
    conversation = conversation_of(request, pk)
    if request.method == "POST":
        return _send(request, conversation)
    try:
        if "before" in request.GET or "newer" in request.GET:
            return _page(request, conversation, _place(request, conversation))
        return _catch_up(request, conversation, Cursor.parse(request.GET.get("after", "0")))
    except ValueError as error:
        return HttpResponseBadRequest(str(error))


def _page(request: HttpRequest, conversation: Conversation, place: Place) -> HttpResponse:
    thread = open_thread(signed_in(request), conversation, place)
    template = "conversations/_older_page.html" if place.after is None else "conversations/_newer_page.html"
    return render(request, template, {"thread": thread, "conversation": conversation})


def _catch_up(request: HttpRequest, conversation: Conversation, after: Cursor) -> HttpResponse:
    """The messages that changed; two headers say where that leaves the reader, and whether to ask again."""
    metrics.count_catch_up(request.GET.get("why", ""))
    missed = catch_up(signed_in(request), conversation, after)
    response = HttpResponse(live.upsert(conversation, missed.messages))
    response.headers["Homeroom-Cursor"] = str(missed.cursor)
    response.headers["Homeroom-Locked"] = "true" if conversation.locked else "false"
    response.headers["Homeroom-Complete"] = "true" if missed.complete else "false"
    return response


def _send(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Answer with the message as everyone gets it; without script, go back to the thread."""
    user = signed_in(request)
    if request.FILES and (wait := check(request, "uploads")):
        return refuse(request, "uploads", wait)
    if (name := conversation.type.limit(user)) and (wait := check(request, name)):
        return refuse(request, name, wait)
    form = MessageForm(request.POST, audiences=conversation.type.audiences(user), most=conversation.type.max_body)
    if not form.is_valid():
        return _refuse(request, conversation, form, 422)
    try:
        message = _send_with_files(request, conversation, form)
    except _UnknownNames as unknown:
        return _ask_names(request, conversation, form, unknown.names)
    except actions.Unseen as unseen:
        return _ask(request, conversation, form, unseen)
    except Waits as waiting:
        return waits(request, conversation, waiting)
    except ValidationError as error:
        form.forget_files(error)
        form.add_error(None, error)
        return _refuse(request, conversation, form, 422)
    except PermissionDenied:
        form.add_error(None, conversation.type.refusal(user, conversation))
        return _refuse(request, conversation, form, 403)
    return _sent(request, conversation, message)


class _UnknownNames(Exception):  # noqa: N818 - asks for more, not a failure
    """The message mentions people who can't read it. Its sender confirms before it is sent."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


def _send_with_files(request: HttpRequest, conversation: Conversation, form: MessageForm) -> Message:
    """Send what the composer holds, with its files; they are kept for the next try if the sender is asked first.

    Raises _UnknownNames and what send_message and actions.upload raise.
    """
    with taken_in(request, conversation) as files:
        form.cleaned_data["attachments"] += files
        try:
            return _message_of(signed_in(request), conversation, form.cleaned_data)
        except (_UnknownNames, actions.Unseen):
            form.keep(files)
            raise


def _message_of(user: User, conversation: Conversation, data: dict[str, Any]) -> Message:
    """Send the cleaned data of a composer; raises _UnknownNames and what send_message raises."""
    if names := unknown_names(conversation, user, data):
        raise _UnknownNames(names)
    readable = conversation.messages.readable(conversation.type.audiences(user))
    quoted = readable.filter(pk=data["reply_to"]).first() if data["reply_to"] else None
    if data["reply_to"] and not quoted:
        raise ValidationError("The message that you reply to is gone.", code="reply_gone")
    return actions.send_message(
        user,
        conversation,
        data["body"],
        data["audience"],
        data["client_key"],
        reply_to=quoted,
        attachments=data["attachments"],
        seen=data["seen"] if conversation.type.asks_about_unseen else None,
    )


def _sent(request: HttpRequest, conversation: Conversation, message: Message) -> HttpResponse:
    """The new message for the page that sent it; without script, the way back to it in the thread."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(message.fragment or live.upsert(conversation, [message]), status=201)
    if conversation.type.is_tree:
        return redirect(conversation.type.message_url(message, signed_in(request)))
    return redirect(f"{conversation.type.url(conversation, signed_in(request))}#message-{message.pk}")


def waits(request: HttpRequest, conversation: Conversation, waiting: Waits) -> HttpResponse:
    """What was written waits for a moderator: its author sees it with its state, 202."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(conversation.type.url(conversation, signed_in(request)))
    context = {"conversation": conversation, "held": waiting.held}
    return render(request, conversation.type.held_template, context, status=202)


def _ask(request: HttpRequest, conversation: Conversation, form: MessageForm, unseen: actions.Unseen) -> HttpResponse:
    """Somebody replied meanwhile: show it and ask, with the text still in the composer."""
    context = {"conversation": conversation, "messages": unseen.messages, "newest": unseen.messages[-1]}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "conversations/_unseen.html", context, status=409)
    thread = open_thread(signed_in(request), conversation, form=form)
    thread.unseen = unseen.messages
    return render(request, "conversations/conversation_detail.html", {"thread": thread}, status=409)


def unknown_names(conversation: Conversation, user: User, data: dict[str, Any]) -> list[str]:
    """The names in what a composer holds that reach nobody, where its sender is asked about these and wasn't yet."""
    if data["anyway"] or not conversation.type.asks_about_unknown_names:
        return []
    audience = data["audience"] or conversation.type.audiences(user)[0]
    return mentions.unknown(data["body"], conversation.type.readers(conversation, audience))


def _ask_names(request: HttpRequest, conversation: Conversation, form: MessageForm, names: list[str]) -> HttpResponse:
    """Nobody is told by these names: ask before sending, with the text still in the composer."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "conversations/_unknown_names.html", {"names": names}, status=409)
    thread = open_thread(signed_in(request), conversation, form=form)
    thread.unknown_names = names
    return render(request, "conversations/conversation_detail.html", {"thread": thread}, status=409)


def _refuse(request: HttpRequest, conversation: Conversation, form: MessageForm, status: int) -> HttpResponse:
    """The reason at the composer, with the text still in it."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "conversations/_composer_error.html", {"error": form.error}, status=status)
    thread = open_thread(signed_in(request), conversation, form=form)
    # Where nobody can write there is no composer that would keep it.
    lost = {} if thread.may_post else {"typed": request.POST.get("body", ""), "error": form.error}
    return render(request, "conversations/conversation_detail.html", {"thread": thread} | lost, status=status)
