"""What an address names, found through what the person who asks may see; 404 for the rest."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from apps.accounts.people import signed_in
from apps.community.models import Community, LessonTalk, Topic
from apps.conversations.models import Conversation
from apps.conversations.threads import END, Place, number, position
from apps.courses.models import Lesson


def community_of(request: HttpRequest, course_pk: int) -> Community:
    """The community of a course, with the course, its chat, and how whoever asks stands in it."""
    user = signed_in(request)
    rows = Community.objects.visible_to(user).with_standing(user).select_related("course", "chat__assignee", "banner")
    community = get_object_or_404(rows, course=course_pk)
    community.chat.community = community
    return community


def topic_of(request: HttpRequest, pk: int) -> Topic:
    """A topic with its figures, its conversation, and its community with how whoever asks stands in it."""
    user = signed_in(request)
    rows = Topic.objects.visible_to(user).with_figures_for(user).with_others_replies()
    rows = rows.select_related("conversation__assignee", "author")
    topic = get_object_or_404(rows, pk=pk)
    topic.community = Community.objects.all().with_standing(user).select_related("course").get(pk=topic.community_id)
    topic.conversation.topic = topic
    return topic


def lesson_of(request: HttpRequest, community: Community, pk: int) -> Lesson:
    """A lesson of the community's course that this person may open, with its talk if there is one."""
    lessons = Lesson.objects.visible_to(signed_in(request)).filter(module__course=community.course_id)
    lesson = get_object_or_404(lessons.select_related("module", "talk__conversation__assignee"), pk=pk)
    lesson.module.course = community.course
    return lesson


def talk_of(lesson: Lesson) -> LessonTalk | None:
    """The talk under it, as `lesson_of` found it."""
    return getattr(lesson, "talk", None)


def place_asked(request: HttpRequest, conversation: Conversation) -> Place:
    """Where an address wants a thread opened: around the message `at`, `before` or after (`newer`) a key, or its end.

    What can't be one asks for nothing.
    """
    at, before, newer = (request.GET.get(name, "") for name in ("at", "before", "newer"))
    try:
        if at:
            return Place(around=number(at))
        return Place(
            before=position(conversation, before) if before else None,
            after=position(conversation, newer) if newer else None,
        )
    except ValueError:
        return END
