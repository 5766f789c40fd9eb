"""The comments under a lesson, as a type of conversation."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.community import levels, live
from apps.community.conversation_types import CommunityConversations
from apps.community.models import Community, LessonTalk
from apps.community.models.topics import LESSON_KIND
from apps.conversations.models import Conversation, Message


class LessonConversations(CommunityConversations):
    """The comments under a lesson."""

    name, label = LESSON_KIND, "Lesson comments"
    path = "lesson_talk__lesson__module__course__community"
    title_from = (
        *("lesson_talk", "lesson_talk__lesson", "lesson_talk__lesson__module", "lesson_talk__lesson__module__course"),
        "lesson_talk__lesson__module__course__community",
    )
    admin_search = ("lesson_talk__lesson__title",)
    preposition = "on"

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The comments under the lessons that `user` may open in communities that they read."""
        return LessonTalk.objects.visible_to(user).values("conversation_id")

    def ids_in(self, ids: QuerySet[Any, Any], community: Community) -> QuerySet[Any, Any]:
        """Those under the lessons of its course."""
        return ids.filter(lesson__module__course=community.course_id)

    def told_ids(self, user: User, *, concerned: bool) -> QuerySet[Any, Any]:
        """Those in the communities that they chose to hear of."""
        told = levels.communities_told(user, self.name, concerned=concerned)
        talks = LessonTalk.objects.filter(lesson__module__course__in=told.values("course"))
        return talks.values("conversation")

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Whoever reads the community and can open the lesson: a draft is open to those who teach."""
        readers, lesson = super().readers(conversation, audience), conversation.lesson_talk.lesson
        if lesson.removed_at or lesson.module.removed_at:
            return readers.none()
        return readers if lesson.published else readers.exclude(role="student")

    def written(self, message: Message) -> None:
        """The first one begins the talk on all open pages."""
        super().written(message)
        if message.version == 1:
            live.comments_begun(self.community(message.conversation).pk, message.conversation.lesson_talk)

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """The lesson's."""
        return conversation.lesson_talk.lesson.title

    def url(self, conversation: Conversation, user: User) -> str:
        """The comments' own page: it works without script, and shows where a message stands."""
        lesson = conversation.lesson_talk.lesson
        return reverse("community:comment_list", args=[lesson.module.course_id, lesson.pk])

    def message_url(self, message: Message, viewer: User | None) -> str:
        """That page at the comment."""
        lesson = message.conversation.lesson_talk.lesson
        page = reverse("community:comment_list", args=[lesson.module.course_id, lesson.pk])
        return f"{page}?at={message.pk}#message-{message.pk}"

    def empty_text(self, conversation: Conversation, viewer: User) -> str:
        """What to do with it."""
        return "Ask the first question about this lesson."
