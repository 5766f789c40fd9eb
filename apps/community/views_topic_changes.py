"""What one does to a topic: another title, pins, answers, deleting, restoring, reading."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.forms import ReasonForm, RenameForm
from apps.community.held_posts import title_waiting
from apps.community.lookups import topic_of
from apps.community.models import Topic
from apps.community.pages import render_community
from apps.community.views_topics import head_context
from apps.conversations import tree
from apps.conversations.actions import mark_read, set_locked
from apps.conversations.approval import Waits
from apps.conversations.models import Message
from apps.core.htmx import wants_fragment
from apps.core.limits import limited

STEPS = {"up": -1, "down": 1}


@require_safe
def topic_head(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands above the replies, as it is now."""
    topic = topic_of(request, pk)
    context = head_context(request, topic) | {"course": topic.community.course, "community": topic.community}
    return render(request, "community/_topic_head.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a topic's title or kind; somebody else's needs a `reason`."""
    user, topic = signed_in(request), topic_of(request, pk)
    if not policies.may_edit_topic(user, topic):
        raise Http404
    waiting = title_waiting(user, topic)
    initial = {"title": waiting or topic.title, "is_question": topic.is_question}
    form = RenameForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.rename_topic(user, topic, **form.cleaned_data)
        except Waits:
            messages.info(request, "The new title waits for a moderator. Until then others see the one before.")
        except ValidationError as error:
            form.add_error("reason", error)
        if form.is_valid():
            return redirect(topic)
    asks_why = policies.must_explain(user, topic)
    context: dict[str, Any] = {"form": form, "topic": topic, "waiting": waiting, "asks_why": asks_why}
    status, template = 422 if form.is_bound else 200, "community/topic_edit.html"
    return render_community(request, topic.community, template, status=status, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_closing(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for the reason; a POST closes the topic with a `reason` that its author reads."""
    user, topic = signed_in(request), topic_of(request, pk)
    if topic.deleted or not policies.may_moderate(user, topic.community):
        raise Http404
    if topic.conversation.locked:
        messages.info(request, "This topic is closed already.")
        return redirect(topic)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            set_locked(user, topic.conversation, True, form.cleaned_data["reason"])
            return redirect(topic)
        except ValidationError as error:
            form.add_error("reason", error)
    context: dict[str, Any] = {"form": form, "topic": topic, "asks_why": policies.must_explain(user, topic)}
    status = 422 if form.is_bound else 200
    return render_community(request, topic.community, "community/topic_closing.html", status=status, **context)


@require_http_methods(["POST", "DELETE"])
@limited("posts")
def topic_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """POST pins a topic below the other pinned ones, or moves it (`step` up or down); DELETE, or `unpin`, unpins it."""
    user, topic = signed_in(request), topic_of(request, pk)
    step = request.POST.get("step", "")
    try:
        if request.method == "DELETE" or step == "unpin":
            actions.unpin_topic(user, topic)
        elif step in STEPS:
            actions.move_pin(user, topic, STEPS[step])
        else:
            actions.pin_topic(user, topic)
    except PermissionDenied as error:
        raise Http404 from error
    return _done(request, topic)


@require_POST
@limited("posts")
def topic_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a reply (`message`) as an answer, or with `remove` no longer."""
    user, topic = signed_in(request), topic_of(request, pk)
    text = request.POST.get("message", "")
    known = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    message = get_object_or_404(topic.conversation.messages, pk=known)
    change = actions.unaccept_answer if "remove" in request.POST else actions.accept_answer
    try:
        change(user, topic, message)
    except PermissionDenied as error:
        raise Http404 from error
    except ValidationError as error:
        if wants_fragment(request):
            return render(request, "conversations/_composer_error.html", {"error": error.messages[0]}, status=422)
        messages.error(request, error.messages[0])
    return _done(request, topic)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_deletion(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own topic, and offer to undo it; GET leads moderators to where they remove (or `hide`) another's."""
    user, topic = signed_in(request), topic_of(request, pk)
    if request.method != "POST":
        if topic.deleted or not policies.may_moderate(user, topic.community):
            raise Http404
        return redirect(
            "community:post_hiding" if "hide" in request.GET else "community:post_removal", _first(topic).pk
        )
    try:
        removed = actions.remove_topic(user, topic)
    except PermissionDenied as error:
        messages.error(request, str(error))
        return redirect(topic)
    return redirect(f"{topic.community.get_absolute_url()}?removed={actions.undo_of(user, removed)}")


def _first(topic: Topic) -> Message:
    """What the topic says."""
    return get_object_or_404(topic.conversation.messages.with_titles(), place=tree.FIRST)


@require_POST
@limited("posts")
def topic_restoration(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring back a deleted topic: a moderator at any time, whoever deleted it for a while (`undo`)."""
    user = signed_in(request)
    undone = actions.removed_by(user, request.POST.get("undo", ""))
    topic = undone if undone and undone.pk == pk else topic_of(request, pk)
    try:
        if topic is undone:
            actions.restore_topic(user, topic, undoing=True)
        else:
            actions.restore_post(user, _first(topic))
    except actions.Settled as settled:
        messages.info(request, settled.messages[0])
    except PermissionDenied as error:
        raise Http404 from error
    return redirect(topic)


@require_POST
def topic_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a topic as read, for whom no script does."""
    topic = topic_of(request, pk)
    mark_read(signed_in(request), topic.conversation, topic.last_key)
    return redirect(reverse("community:topic_list", args=[topic.community.course_id]))


def _done(request: HttpRequest, topic: Topic) -> HttpResponse:
    """Pages with script hear of it on their stream; without, one goes back to where one was."""
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect(topic.community if "list" in request.POST else topic)
