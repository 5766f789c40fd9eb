"""Posts that moderators take down and put back, and what the author of one reads about it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.models import Removal
from apps.community.moderation_queue import removal_items
from apps.community.pages import render_community
from apps.community.views_flags import decided, reported_post
from apps.conversations.models import Message
from apps.core.htmx import wants_fragment
from apps.core.limits import limited


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def post_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that asks why; POST takes a post down for a `reason` that its author reads, a `reported` one as such."""
    user, message, reason = signed_in(request), reported_post(request, pk), request.POST.get("reason", "")
    if request.method != "POST":
        return _form(request, message)
    if "reported" in request.POST:
        return decided(request, message, lambda: actions.remove_post(user, message, reason, reported=True))
    try:
        actions.remove_post(user, message, reason)
    except ValidationError as error:
        return _form(request, message, error.messages[0], 409 if isinstance(error, actions.Settled) else 422)
    except PermissionDenied as error:
        return _form(request, message, str(error), 403)
    messages.success(request, f"Removed. {message.author_name} is told why, and gets the text back.")
    return redirect(message.conversation.type.message_url(message, user))


def _form(request: HttpRequest, message: Message, error: str = "", status: int = 200) -> HttpResponse:
    back = message.conversation.type.message_url(message, signed_in(request))
    context = {"message": message, "error": error, "reason": request.POST.get("reason", ""), "back": back}
    return render(request, "community/removal_create.html", context, status=status)


@require_POST
@limited("posts")
def post_restoration(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back a post that was taken down."""
    user, message = signed_in(request), reported_post(request, pk)
    error, status = "", 200
    try:
        actions.restore_post(user, message)
    except actions.Settled as settled:
        error, status = settled.messages[0], 409
    except PermissionDenied as refused:
        error, status = str(refused), 403
    if not wants_fragment(request):
        (messages.error if error else messages.success)(request, error or "It stands again where it stood.")
        return redirect(f"{reverse('community:moderation_list')}?kind=removed")
    removal = Removal.objects.filter(message=message).latest("pk")
    (item,) = removal_items(user, {removal.pk})
    item.error = error
    return render(request, "community/moderation/_item.html", {"item": item}, status=status)


@require_safe
def removal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What one wrote and a moderator took down, with the reason."""
    user = signed_in(request)
    rows = Removal.objects.visible_to(user).select_related("community__course", "message__conversation__topic")
    removal = get_object_or_404(rows, pk=pk)
    page = "community/removal_detail.html"
    may_restore = removal.stands and removal.message.author_id != user.pk
    may_restore = may_restore and policies.may_moderate(user, removal.community)
    return render_community(request, removal.community, page, removal=removal, may_restore=may_restore)
