"""The comments under a lesson: a region of its page, and a page of their own."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.community import actions, live
from apps.community.conversation_types import LEFT
from apps.community.forms import CommentForm
from apps.community.held_posts import OwnHeld
from apps.community.lookups import community_of, lesson_of, place_asked, talk_of
from apps.community.models import Community
from apps.community.pages import render_community
from apps.conversations.approval import Waits
from apps.conversations.threads import open_thread
from apps.core.limits import limited
from apps.courses.access import Access
from apps.courses.below_lesson import Below
from apps.courses.models import Lesson


def comments_below(access: Access, lesson: Lesson) -> Below | None:
    """The comments under a lesson, for those who read the course's community."""
    user = access.user
    if not (isinstance(user, User) and access.opens_all):
        return None
    if not Community.objects.visible_to(user).filter(course=access.course.pk).exists():
        return None
    url = reverse("community:comment_list", args=[access.course.pk, lesson.pk])
    return Below("comments", "Comments on this lesson", url)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def comment_list(request: HttpRequest, pk: int, lesson_pk: int) -> HttpResponse:
    """The comments under a lesson, or a form for the first one, which POST sends."""
    community = community_of(request, pk)
    lesson = lesson_of(request, community, lesson_pk)
    if request.method != "POST":
        return _show(request, community, lesson, CommentForm())
    form, status = CommentForm(request.POST), 422
    if form.is_valid():
        if names := form.unknown_names(community):
            return _show(request, community, lesson, form, 409, names=names)
        body, key = form.cleaned_data["body"], form.cleaned_data["client_key"] or uuid.uuid4()
        try:
            actions.comment(signed_in(request), community, lesson, body, key)
        except Waits:
            return _show(request, community, lesson_of(request, community, lesson.pk), CommentForm())
        except ValidationError as error:
            form.add_error("body", error)
        except PermissionDenied:
            form.add_error(None, LEFT)
            status = 403
        else:
            return _sent(request, community, lesson)
    return _show(request, community, lesson, form, status)


def _sent(request: HttpRequest, community: Community, lesson: Lesson) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _show(request, community, lesson_of(request, community, lesson.pk), CommentForm(), 201)
    return redirect("community:comment_list", community.course_id, lesson.pk)


def _show(
    request: HttpRequest,
    community: Community,
    lesson: Lesson,
    form: CommentForm,
    status: int = 200,
    names: Sequence[str] = (),
) -> HttpResponse:
    thread, talk = None, talk_of(lesson)
    # While its first comment waits for a moderator, there is nothing to read.
    if talk and talk.conversation.clock and not (form.errors or names):
        talk.conversation.lesson_talk = talk
        thread = open_thread(signed_in(request), talk.conversation, place_asked(request, talk.conversation))
    # Others don't learn that somebody has written: the place of what waits is there for whom it holds something.
    waits = talk and not thread and OwnHeld.of_conversation(signed_in(request), talk.conversation).rows
    context: dict[str, Any] = {
        "lesson": lesson,
        "form": form,
        "thread": thread,
        "talk": talk if thread or waits else None,
        "client_key": uuid.uuid4(),
    }
    context["names"] = names
    context["begun"] = live.comments_event(lesson.pk)
    page, part = "community/comment_list.html", "community/_comments.html"
    return render_community(request, community, page, part, status=status, **context)
