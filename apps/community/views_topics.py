"""Topics: the list, one with its replies, a new one."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.conversation_types import LEFT
from apps.community.forms import TopicForm
from apps.community.listing import TopicList
from apps.community.lookups import community_of, topic_of
from apps.community.models import Community, Removal, Topic
from apps.community.pages import render_closed, render_community
from apps.conversations import tree
from apps.conversations.approval import Waits
from apps.conversations.forms import MessageForm
from apps.conversations.models import LONGEST_BODY
from apps.conversations.threads import Place, Thread, number, open_thread, position
from apps.conversations.views_files import taken_in
from apps.core import markdown
from apps.core.limits import check, limited, refuse
from apps.core.listing import render_list
from apps.courses.pages import tabs


@require_safe
def topic_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The topics of a community, pinned ones first; where it is closed to members, these are told so."""
    user = signed_in(request)
    try:
        community = community_of(request, pk)
    except Http404:
        return render_closed(request, pk)
    return render_list(
        request,
        TopicList(user, community.course, request.GET),
        "community/topic_list.html",
        community=community,
        course=community.course,
        tabs=tabs(request, community.course),
        may_write=policies.may_write(user, community),
        may_moderate=policies.may_moderate(user, community),
        removed=actions.removed_by(user, request.GET.get("removed", "")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def topic_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for a new topic; POST begins it, or with `preview` shows how it will look."""
    community = community_of(request, pk)
    if request.FILES and (wait := check(request, "uploads")):
        return refuse(request, "uploads", wait)
    if request.method != "POST":
        return _form(request, community, TopicForm(initial=TopicForm.fresh()))
    form, status = TopicForm(request.POST), 422
    if "preview" in request.POST:
        typed = request.POST.dict() | {"attachments": request.POST.getlist("attachments")}
        return _form(request, community, TopicForm(initial=typed), preview=True)
    if form.is_valid():
        try:
            return _begin(request, community, form)
        except Waits:
            messages.info(request, "Your topic waits for a moderator. You will be told once it is approved.")
            return redirect(community)
        except ValidationError as error:
            form.forget_files(error)
            form.add_error("attached", error)
        except PermissionDenied:
            form.add_error(None, LEFT)
            status = 403
    return _form(request, community, form, status)


def _begin(request: HttpRequest, community: Community, form: TopicForm) -> HttpResponse:
    """Begin the topic that a form holds, unless its author is asked about a name; raises what start_topic raises."""
    with taken_in(request, None) as files:
        form.cleaned_data["attachments"] += files
        if names := form.unknown_names(community):
            form.keep(files)
            return _form(request, community, form, 409, names=names)
        chosen = form.cleaned_data["attachments"]
        return redirect(actions.start_topic(signed_in(request), community, form.new, chosen))


def _form(
    request: HttpRequest,
    community: Community,
    form: TopicForm,
    status: int = 200,
    *,
    preview: bool = False,
    names: Sequence[str] = (),
) -> HttpResponse:
    shown = markdown.read(form["body"].value() or "", top=3) if preview else None
    lost = bool(request.FILES) and not names
    context: dict[str, Any] = {"form": form, "shown": shown, "files_lost": lost, "names": names}
    return render_community(request, community, "community/topic_create.html", status=status, **context)


@require_POST
def topic_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `body`: how it will look. Nothing is written."""
    community_of(request, pk)
    shown = markdown.read(request.POST.get("body", "")[:LONGEST_BODY], top=3)
    return render(request, "community/_preview.html", {"shown": shown})


@require_safe
def topic_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A topic with its replies: from its beginning, around a message (`at`), or `before` and after (`newer`) a place.

    `branch` is the place of a reply, which is shown with those below it alone. With `reply_to`, the composer answers
    that message: so it works without script.
    """
    topic = topic_of(request, pk)
    try:
        thread = _thread(request, topic)
    except ValueError as error:
        return HttpResponseBadRequest(str(error))
    context = head_context(request, topic) | {"thread": thread}
    return render_community(request, topic.community, "community/topic_detail.html", **context)


def _thread(request: HttpRequest, topic: Topic) -> Thread:
    query, conversation, user = request.GET, topic.conversation, signed_in(request)
    place = Place(
        before=position(conversation, query["before"]) if query.get("before") else None,
        after=position(conversation, query["newer"]) if query.get("newer") else None,
        around=number(query["at"]) if query.get("at") else None,
        branch=str(position(conversation, query["branch"])) if query.get("branch") else "",
    )
    form, reply_to = None, number(query["reply_to"]) if query.get("reply_to") else None
    if place.branch and not reply_to:
        # Whoever writes below one branch answers what it begins with.
        reply_to = get_object_or_404(conversation.messages.standing(), place=place.branch).pk
    if reply_to:
        audiences, most = conversation.type.audiences(user), conversation.type.max_body
        form = MessageForm(audiences=audiences, most=most, initial={"reply_to": reply_to})
    return open_thread(user, conversation, place, form)


def head_context(request: HttpRequest, topic: Topic) -> dict[str, Any]:
    """What stands above the replies of a topic: what it is, and what this person may do with it."""
    user = signed_in(request)
    answers = topic.accepted.filter(message__deleted=None).select_related("message", "accepted_by")
    return {
        "topic": topic,
        "answers": list(answers.order_by("message__place")),
        "may_edit": policies.may_edit_topic(user, topic),
        "may_remove": policies.may_remove_topic(user, topic),
        "may_accept": policies.may_accept(user, topic),
        "may_moderate": policies.may_moderate(user, topic.community),
        "removal": _removal_of(topic) if topic.deleted else None,
    }


def _removal_of(topic: Topic) -> Removal | None:
    """By which a moderator took a topic down; None for one that its author deleted."""
    rows = Removal.objects.filter(message__conversation=topic.conversation_id, message__place=tree.FIRST)
    return rows.standing().select_related("decided_by").first()
