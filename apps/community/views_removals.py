"""Posts that moderators hide, remove and put back, and what the author of one reads about it."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.actions.flags import text_version
from apps.community.models import Removal
from apps.community.pages import render_community
from apps.community.views_flags import decided, hidden_post, reported_post
from apps.conversations.models import Message
from apps.core.htmx import wants_fragment
from apps.core.limits import limited


class Deed(NamedTuple):
    """What a form that asks for a reason does, and how it says so."""

    verb: str
    done: str
    hides: bool = False

    def do(self, request: HttpRequest, message: Message) -> Removal:
        """Call the action."""
        action = actions.hide_post if self.hides else actions.remove_post
        data = request.POST
        seen, version = data.get("seen", ""), data.get("version", "")
        return action(signed_in(request), message, data.get("reason", ""), seen=seen, version=version)


REMOVE, HIDE = Deed("Remove", "Removed"), Deed("Hide", "Hidden", hides=True)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def post_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that asks why; POST takes a post down for a `reason` that its author reads."""
    return _withhold(request, pk, REMOVE)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def post_hiding(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a post that is to be hidden until a moderator decides."""
    return _withhold(request, pk, HIDE)


def _withhold(request: HttpRequest, pk: int, deed: Deed) -> HttpResponse:
    """Decide on a post. `version` is the text that the moderator read, `seen` its state in the queue."""
    message = reported_post(request, pk)
    if request.method != "POST":
        return _form(request, message, deed)
    if "seen" in request.POST:
        return decided(request, message, lambda: deed.do(request, message))
    try:
        deed.do(request, message)
    except ValidationError as error:
        shown = reported_post(request, pk)
        return _form(request, shown, deed, error.messages[0], 409 if isinstance(error, actions.Settled) else 422)
    except PermissionDenied as error:
        return _form(request, message, deed, str(error), 403)
    messages.success(request, f"{deed.done}. {message.author_name} is told why, and gets the text back.")
    return redirect(message.conversation.type.message_url(message, signed_in(request)))


def _form(request: HttpRequest, message: Message, deed: Deed, error: str = "", status: int = 200) -> HttpResponse:
    back = message.conversation.type.message_url(message, signed_in(request))
    context = {"message": message, "deed": deed, "error": error, "reason": request.POST.get("reason", ""), "back": back}
    context["version"] = text_version(message)
    return render(request, "community/removal_create.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def post_restoration(request: HttpRequest, pk: int) -> HttpResponse:
    """Where what is left of a post leads to: what it said and why it is gone; POST puts back what a moderator took.

    Its author is shown the reason.
    """
    user = signed_in(request)
    if request.method != "POST":
        return _gone(request, pk)
    message = reported_post(request, pk)
    seen = request.POST.get("seen", "")
    if "seen" in request.POST or wants_fragment(request):
        return decided(request, message, lambda: actions.restore_post(user, message, seen=seen))
    try:
        actions.restore_post(user, message)
    except (actions.Settled, PermissionDenied) as error:
        messages.error(request, error.messages[0] if isinstance(error, actions.Settled) else str(error))
    else:
        messages.success(request, "It stands again where it stood.")
    return redirect(message.conversation.type.message_url(message, user))


def _gone(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    removals = Removal.objects.visible_to(user).standing().filter(message=pk)
    if removal := removals.order_by("-pk").first():
        return redirect("community:removal_detail", removal.pk)
    if hidden := hidden_post(user, pk):
        back = hidden.conversation.type.message_url(hidden, user)
        return render(request, "community/hidden_post.html", {"back": back})
    message = reported_post(request, pk)
    back = message.conversation.type.message_url(message, user)
    if not message.deleted:
        return redirect(back)
    return render(request, "community/deleted_post.html", {"message": message, "back": back})


@require_safe
def removal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What one wrote and a moderator hid or took down, with the reason."""
    user = signed_in(request)
    rows = Removal.objects.visible_to(user).select_related("community__course", "message__conversation__topic")
    removal = get_object_or_404(rows.prefetch_related("message__attachments__file"), pk=pk)
    page = "community/removal_detail.html"
    may_restore = removal.stands and removal.message.author_id != user.pk
    may_restore = may_restore and policies.may_moderate(user, removal.community)
    queue = reverse("community:post_decide", args=[removal.message_id]) if may_restore else ""
    context: dict[str, Any] = {"removal": removal, "may_restore": may_restore, "queue": queue}
    return render_community(request, removal.community, page, **context)
