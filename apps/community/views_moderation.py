"""The queue of moderators, and what they decide."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Role, User
from apps.accounts.people import signed_in
from apps.community import actions, live, policies
from apps.community.forms_moderation import ApprovalForm, RejectionForm
from apps.community.lookups import community_of
from apps.community.models import Community, Held
from apps.community.moderation_queue import (
    FILTERS,
    TEXTS,
    Item,
    Queue,
    is_name,
    item_of,
    waiting_count,
    with_details,
    with_notes,
)
from apps.community.pages import render_community
from apps.core.htmx import render_part, wants_fragment
from apps.core.limits import limited

GONE = "This is gone: there is nothing left to decide."
# A stream has room for 20 channels; the pages of a community have others open, too.
MAX_LIVE = 15


def moderator(request: HttpRequest) -> User:
    """Who asks: one of the team, whose queue may be empty for good, or a student who moderates something."""
    user = signed_in(request)
    appointed = user.role != Role.STUDENT or Community.objects.moderated_by(user).exists()
    if user.looked_as or not appointed:
        raise Http404
    return user


@require_safe
def moderation_list(request: HttpRequest) -> HttpResponse:
    """All that waits for this person; `community` and `kind` narrow it down."""
    user = moderator(request)
    communities = Community.objects.moderated_by(user).select_related("course")
    context = _queue(request, user, _chosen(request, user)) | {"communities": communities}
    return render_part(
        request, "community/moderation/moderation_list.html", "community/moderation/_queue.html", context
    )


def _chosen(request: HttpRequest, user: User) -> Community | None:
    """The community that the address names, of those that this person moderates."""
    return _moderated(user, request.GET.get("community", ""))


def _moderated(user: User, asked: str) -> Community | None:
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return None
    return get_object_or_404(Community.objects.moderated_by(user).select_related("course"), pk=asked)


@require_safe
def community_moderation(request: HttpRequest, pk: int) -> HttpResponse:
    """The queue of one community, among its pages."""
    user, community = moderator(request), community_of(request, pk)
    if not policies.may_moderate(user, community):
        raise Http404
    context = _queue(request, user, community)
    part = "community/moderation/_queue.html"
    return render_community(request, community, "community/moderation/community_moderation.html", part, **context)


def _queue(request: HttpRequest, user: User, community: Community | None) -> dict[str, Any]:
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 else 1
    queue = Queue(user, community, request.GET.get("kind", ""), max(1, number))
    shown = [name for name in request.GET.get("shown", "").split()[:40] if is_name(name)]
    items, more = queue.items(shown if wants_fragment(request) else None)
    context = {"queue": queue, "items": items, "more": more, "filters": FILTERS, "own_url": _own_url(request)}
    return context | {"channels": _channels(user, community)}


def _own_url(request: HttpRequest) -> str:
    """The address of the queue itself, without what a refresh says of the page."""
    query = request.GET.copy()
    query.pop("shown", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _channels(user: User, community: Community | None) -> list[str]:
    if community:
        return [live.moderation_channel(community.pk)]
    if user.sees_all:
        return [live.EVERY_QUEUE]
    ids = Community.objects.moderated_by(user).order_by("-pk").values_list("pk", flat=True)
    return [live.moderation_channel(pk) for pk in ids[:MAX_LIVE]]


def held_to_decide(request: HttpRequest, pk: int) -> Held:
    """A held post, decided or not, of a community that this person moderates; never one's own."""
    if held := _to_decide(moderator(request), pk):
        return held
    raise Http404


def _to_decide(user: User, pk: int) -> Held | None:
    rows = Held.objects.filter(community__in=Community.objects.moderated_by(user).values("pk")).exclude(author=user)
    return with_details(rows).filter(pk=pk).first()


@require_safe
def held_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """One held post: where a notification leads, also when somebody has decided meanwhile."""
    return show_item(request, item_of(held_to_decide(request, pk)))


@require_POST
@limited("posts")
def held_approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the `version` that its moderator saw; `body` (and `title`) are a correction."""
    user = moderator(request)
    if not (held := _to_decide(user, pk)):
        return _gone(request, user, pk)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _refused(request, held, form.problem)
    correction = form.correction
    return _decided(request, held, lambda: actions.approve(user, held, form.cleaned_data["version"], correction))


@require_POST
@limited("posts")
def held_rejection(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse the `version` that its moderator saw, for a `reason` that its author reads."""
    user = moderator(request)
    if not (held := _to_decide(user, pk)):
        return _gone(request, user, pk)
    form = RejectionForm(request.POST)
    if not form.is_valid():
        return _refused(request, held, form.problem)
    data = form.cleaned_data
    return _decided(request, held, lambda: actions.reject(user, held, data["version"], data["reason"]))


def _decided(request: HttpRequest, held: Held, decide: Any) -> HttpResponse:
    """The item as it is after it; or where somebody was first, as they left it, with who it was."""
    try:
        decide()
    except actions.Outdated as outdated:
        return _refused(request, held, outdated.messages[0], 409)
    except ValidationError as error:
        return _refused(request, held, error.messages[0])
    except PermissionDenied as error:
        return _refused(request, held, str(error), 403)
    if not wants_fragment(request):
        return redirect("community:moderation_list")
    return show_item(request, item_of(held_to_decide(request, held.pk)))


def _refused(request: HttpRequest, held: Held, why: str, status: int = 422) -> HttpResponse:
    item = item_of(held_to_decide(request, held.pk))
    item.error, item.typed = why, typed_in(request)
    return show_item(request, item, status)


def _gone(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """In its place that there is nothing to decide, with what was typed; only for a moderator of the `community` in
    which it stood, and the same whether it is there for somebody else or not.
    """
    if not (community := _moderated(user, request.POST.get("community", ""))):
        raise Http404
    item = Item(f"held-{pk}", timezone.now(), community, error=GONE, typed=typed_in(request))
    return show_item(request, item, 410)


def typed_in(request: HttpRequest) -> dict[str, str]:
    """The moderator's typed text by field, with the form that it came from."""
    return {name: request.POST[name] for name in (*TEXTS, "verb", "about") if name in request.POST}


@require_POST
@limited("posts")
def held_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something for other moderators."""
    held = held_to_decide(request, pk)
    about = held.author if request.POST.get("about") == "person" else held
    try:
        actions.add_note(signed_in(request), held.community, about, request.POST.get("note", ""))
    except ValidationError as error:
        return _refused(request, held, error.messages[0])
    return show_item(request, item_of(held)) if wants_fragment(request) else redirect("community:held_decide", held.pk)


def show_item(request: HttpRequest, item: Item, status: int = 200) -> HttpResponse:
    """One thing to decide by itself, on a page that follows what becomes of it.

    For htmx the region that does so, or after a POST the item alone, in its list or in that region.
    """
    with_notes(signed_in(request), [item])
    single = request.method != "POST" or not wants_fragment(request)
    page, part = "community/moderation/item_detail.html", f"community/moderation/_{'single' if single else 'item'}.html"
    context = {"item": item, "single": single, "own_url": item.own_url}
    return render_part(request, page, part, context | {"channel": live.moderation_channel(item.community.pk)}, status)


@require_safe
def moderation_count(request: HttpRequest) -> HttpResponse:
    """The number beside Moderation as it is now: in the navigation, or on the tab of one `community`."""
    user = moderator(request)
    community = _chosen(request, user)
    context = {"waiting": waiting_count(user, community), "community": community}
    return render(request, f"community/moderation/_{'tab_' if community else ''}count.html", context)
