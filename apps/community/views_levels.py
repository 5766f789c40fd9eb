"""What one wants to be told of a community, of its chat, and of one topic."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.forms import LevelsForm
from apps.community.lookups import community_of, topic_of
from apps.community.models import Membership
from apps.community.pages import render_community
from apps.core.limits import limited


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def level_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What to be told of a community's topics, and of its chat."""
    user, community = signed_in(request), community_of(request, pk)
    kept = Membership.objects.filter(community=community, user=user).first()
    form = LevelsForm(
        request.POST or None, initial={"level": kept.level, "chat_level": kept.chat_level} if kept else {}
    )
    if request.method == "POST" and form.is_valid():
        actions.choose_levels(user, community, form.cleaned_data["level"], form.cleaned_data["chat_level"])
        messages.success(request, "Saved.")
        return redirect("community:level_edit", pk)
    status = 422 if form.is_bound else 200
    context: dict[str, Any] = {"form": form, "may_join": policies.may_join(user)}
    return render_community(request, community, "community/level_edit.html", status=status, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_level(request: HttpRequest, pk: int) -> HttpResponse:
    """POST says what to be told of one topic (`level`); empty is what one chose for its community."""
    user, topic = signed_in(request), topic_of(request, pk)
    page, part = "community/topic_level.html", "community/_level.html"
    context: dict[str, Any] = {"topic": topic, "error": ""}
    if request.method != "POST":
        return render_community(request, topic.community, page, part, **context)
    try:
        actions.choose_topic_level(user, topic, request.POST.get("level", ""))
    except ValidationError as error:
        context["error"] = error.messages[0]
        return render_community(request, topic.community, page, part, status=422, **context)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, part, context)
    return redirect(topic)
