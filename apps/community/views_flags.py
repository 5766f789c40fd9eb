"""Reports of posts, and what moderators decide about a reported post."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.actions.flags import KINDS, community_of
from apps.community.models import Community, FlagReason, Removal, RemovalState
from apps.community.moderation_queue import Item, flagged_items, removal_items
from apps.community.views_moderation import show_item, typed_in
from apps.conversations.models import Message
from apps.core.htmx import wants_fragment
from apps.core.limits import limited


def post_of(request: HttpRequest, pk: int) -> Message:
    """A post of a community that this person reads, which still stands."""
    rows = Message.objects.visible_to(signed_in(request)).with_titles().filter(conversation__kind__in=KINDS)
    return get_object_or_404(rows, pk=pk, deleted=None)


def hidden_post(user: User, pk: int) -> Message | None:
    """A post that a moderator hid, in a community that this person reads."""
    rows = Message.objects.visible_to(user).with_titles().filter(conversation__kind__in=KINDS)
    return rows.filter(pk=pk, hidden=True).first()


@require_http_methods(["GET", "HEAD", "POST", "PUT"])
@limited("flags", "POST", "PUT")
def flag_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that reports a post to its moderators for a `reason` with `details`; PUT and POST do it, once."""
    message = post_of(request, pk)
    if request.method in {"GET", "HEAD"}:
        return _form(request, message)
    sent = QueryDict(request.body) if request.method == "PUT" else request.POST
    try:
        actions.flag_message(signed_in(request), message, sent.get("reason", ""), sent.get("details", ""))
    except ValidationError as error:
        return _form(request, message, error.messages[0], sent, 422)
    except PermissionDenied as error:
        return _form(request, message, str(error), sent, 403)
    if request.method == "PUT":
        return HttpResponse(status=204)
    messages.success(request, "Thank you. The moderators will look at it, and you will be told what they decide.")
    return redirect(message.conversation.type.message_url(message, signed_in(request)))


def _form(
    request: HttpRequest, message: Message, error: str = "", typed: QueryDict | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"message": message, "error": error, "typed": typed or {}, "reasons": FlagReason.choices}
    user = signed_in(request)
    context["back"] = message.conversation.type.message_url(message, user)
    context["may_remove"] = message.author_id != user.pk and policies.may_moderate(user, community_of(message))
    return render(request, "community/flag_detail.html", context, status=status)


def reported_post(request: HttpRequest, pk: int) -> Message:
    """A post, deleted or not, of a community that this person moderates; never one's own."""
    user = signed_in(request)
    rows = Message.objects.visible_to(user).with_titles().filter(conversation__kind__in=KINDS).exclude(author=user)
    message = get_object_or_404(rows, pk=pk)
    if user.looked_as or not Community.objects.moderated_by(user).filter(pk=community_of(message).pk).exists():
        raise Http404
    return message


@require_http_methods(["GET", "HEAD"])
def post_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One post that was reported or hidden: where a notification leads, also when somebody has decided meanwhile."""
    return _show(request, reported_post(request, pk))


@require_POST
@limited("posts")
def post_keeping(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a reported post stay, as the moderator read it (`version`)."""
    user, message = signed_in(request), reported_post(request, pk)
    return decided(request, message, lambda: actions.keep_message(user, message, request.POST.get("version", "")))


@require_POST
@limited("posts")
def post_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something for other moderators."""
    message = reported_post(request, pk)
    about = message.author if message.author and request.POST.get("about") == "person" else message
    try:
        actions.add_note(signed_in(request), community_of(message), about, request.POST.get("note", ""))
    except ValidationError as error:
        return _show(request, message, error.messages[0], 422)
    return _show(request, message) if wants_fragment(request) else redirect("community:post_decide", message.pk)


def decided(request: HttpRequest, message: Message, decide: Callable[[], object]) -> HttpResponse:
    """A reported post after a decision, or why there was none."""
    try:
        decide()
    except actions.Settled as settled:
        return _show(request, message, settled.messages[0], 409)
    except ValidationError as error:
        return _show(request, message, error.messages[0], 422)
    except PermissionDenied as error:
        return _show(request, message, str(error), 403)
    return _show(request, message) if wants_fragment(request) else redirect("community:moderation_list")


def _show(request: HttpRequest, message: Message, error: str = "", status: int = 200) -> HttpResponse:
    item = _item(request, message)
    item.error, item.typed = error, typed_in(request) if error else {}
    return show_item(request, item, status)


def _item(request: HttpRequest, message: Message) -> Item:
    """The post as the queue shows it: as reported, or where it was `seen` otherwise or wasn't reported, as withheld."""
    user, seen = signed_in(request), request.POST.get("seen", "")
    removal = Removal.objects.filter(message=message).order_by("-pk").first()
    found: list[Item] = []
    if not (removal and (removal.waits if request.method != "POST" else seen in RemovalState)):
        found = flagged_items(user, {message.pk}, Community.objects.moderated_by(user))
    if removal and not found:
        found = removal_items(user, {removal.pk})
    if not found:
        raise Http404
    return found[0]
