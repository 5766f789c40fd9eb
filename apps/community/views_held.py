"""What waits, for its author: where it stands, another text, taking it back."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.community import actions
from apps.community.forms_moderation import HeldForm
from apps.community.held_posts import OwnHeld
from apps.community.lookups import community_of
from apps.community.models import Community, Held
from apps.community.moderation_queue import with_details
from apps.community.pages import render_community
from apps.conversations.lookups import conversation_of
from apps.core.limits import limited


def own_held(request: HttpRequest, pk: int) -> Held:
    """Something that this person wrote in a community that they still read."""
    user = signed_in(request)
    rows = Held.objects.filter(author=user, community__in=Community.objects.visible_to(user).values("pk"))
    return get_object_or_404(with_details(rows), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def held_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What one wrote, its state and why; POST gives what still waits another text (and `title`)."""
    held = own_held(request, pk)
    if request.method != "POST":
        return _show(request, held)
    form = HeldForm(request.POST)
    if not form.is_valid():
        return _show(request, held, form.problem, 422)
    data = form.cleaned_data
    try:
        actions.change_held(signed_in(request), held, data["version"], data["body"], data["title"])
    except actions.Outdated as outdated:
        return _show(request, own_held(request, pk), outdated.messages[0], 409)
    except ValidationError as error:
        return _show(request, held, error.messages[0], 422)
    except PermissionDenied as error:
        return _show(request, held, str(error), 403)
    return redirect(held.place_url)


def _show(request: HttpRequest, held: Held, error: str = "", status: int = 200) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("body", "title")} if error else {}
    page = "community/held_detail.html"
    return render_community(request, held.community, page, status=status, held=held, error=error, typed=typed)


@require_http_methods(["POST", "DELETE"])
@limited("posts")
def held_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back before anybody has decided."""
    held = own_held(request, pk)
    try:
        actions.withdraw_held(signed_in(request), held)
    except actions.Outdated as outdated:
        return _show(request, own_held(request, pk), outdated.messages[0], 409)
    except PermissionDenied as error:
        return _show(request, held, str(error), 403)
    return redirect(held.place_url)


@require_safe
def conversation_held(request: HttpRequest, pk: int) -> HttpResponse:
    """What this person wrote in a conversation and waits, or was refused; it shows itself anew."""
    conversation = conversation_of(request, pk)
    return render(
        request, "community/_held_list.html", {"own": OwnHeld.of_conversation(signed_in(request), conversation)}
    )


@require_safe
def topics_held(request: HttpRequest, pk: int) -> HttpResponse:
    """The topics that this person began and that wait, or were refused."""
    community = community_of(request, pk)
    return render(request, "community/_held_list.html", {"own": OwnHeld.of_topics(signed_in(request), community)})
