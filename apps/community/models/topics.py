"""Topics, the answers that were accepted, and the talk under lessons: each is one conversation."""

from datetime import UTC, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.community.models.communities import Community
from apps.conversations.models import MAX_UNREAD, Conversation, Message, Participant
from apps.conversations.models.conversations import Count
from apps.courses.models import Lesson
from apps.realtime.access import AccessQuerySet, decides_access

# The names of the types of their conversations.
TOPIC_KIND, LESSON_KIND = "topic", "lesson"
MAX_TITLE = 160


class TopicQuerySet(AccessQuerySet["Topic"]):
    """Topics, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those of the communities that this person reads; deleted ones for their moderators alone."""
        rows = self.filter(community__in=Community.objects.visible_to(user).values("pk"))
        return rows.filter(Q(deleted=None) | Q(community__in=Community.objects.moderated_by(user).values("pk")))

    def standing(self) -> Self:
        """Those that are not deleted."""
        return self.filter(deleted=None)

    def with_read_by(self, user: User) -> Self:
        """Each with `read_by_user`: the key of the newest message that this person has read; 0 for none.

        Unlike in a conversation of one's own, what one never opened is unread too.
        """
        mine = Participant.objects.filter(user=user, conversation=OuterRef("conversation")).values("last_read")
        return self.annotate(read_by_user=Coalesce(Subquery(mine), 0))

    def unread_by(self, user: User) -> Self:
        """Those in which somebody else wrote what this person hasn't read."""
        rows = self.with_read_by(user).filter(last_key__gt=F("read_by_user"))
        news = Message.objects.filter(
            conversation=OuterRef("conversation"), key__gt=OuterRef("read_by_user"), deleted=None
        )
        return rows.filter(Exists(news.exclude(author=user)))

    def with_figures_for(self, user: User) -> Self:
        """Each with `unread` (messages, MAX_UNREAD at most) and `views`: how many others than its author opened it."""
        news = Message.objects.filter(
            conversation=OuterRef("conversation"), key__gt=OuterRef("read_by_user"), deleted=None
        )
        opened = Participant.objects.filter(conversation=OuterRef("conversation"), last_read__gt=0)
        others = opened.exclude(user=Coalesce(OuterRef("author"), 0))
        return self.with_read_by(user).annotate(
            unread=Count(news.exclude(author=user).order_by().values("pk")[:MAX_UNREAD]),
            views=Count(others.order_by().values("pk")),
        )

    def with_solved(self) -> Self:
        """Each with `solved`: does one of its accepted answers still stand?"""
        accepted = AcceptedAnswer.objects.filter(topic=OuterRef("pk"), message__deleted=None)
        return self.annotate(solved=Exists(accepted))

    def with_others_replies(self) -> Self:
        """Each with `others_replied`: does a message of somebody else than its author stand in it?"""
        others = Message.objects.filter(conversation=OuterRef("conversation"), deleted=None)
        return self.annotate(others_replied=Exists(others.exclude(author=Coalesce(OuterRef("author"), 0))))

    def pinned_first(self, *order: str) -> Self:
        """The pinned ones in the moderators' order, then all others in this one."""
        return self.order_by(F("pin_position").asc(nulls_last=True), *order)


@decides_access("community", "conversation", "deleted", of=["conversation__participants__user"])
class Topic(models.Model):
    """A conversation of a community under a title; its first message is what the topic says.

    `replies` and `last_key` are counted under the conversation's row lock (see recount.py for what they must equal).
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="topics")
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="topic")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="topics")
    title = models.CharField(max_length=MAX_TITLE)
    is_question = models.BooleanField("a question", default=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    # Its place among the pinned ones, from 1 on; empty: not pinned.
    pin_position = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # Of a deleted topic: its place among the pinned ones before.
    pin_before = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # Live replies, without the first message; the key of the newest message that is not deleted.
    replies = models.PositiveIntegerField(default=0, editable=False)
    last_key = models.PositiveBigIntegerField(default=0, editable=False)
    deleted = models.DateTimeField(null=True, blank=True, editable=False)

    # Where with_figures_for and with_solved have asked.
    unread: int
    views: int
    solved: bool
    # Where with_others_replies has.
    others_replied: bool | None = None

    objects: ClassVar[models.Manager["Topic"]] = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["-last_key", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "pin_position"],
                condition=Q(pin_position__isnull=False),
                name="one_topic_per_pin_position",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="topic_has_a_title"),
            models.CheckConstraint(
                condition=Q(deleted=None) | Q(pin_position=None), name="what_is_deleted_is_not_pinned"
            ),
        ]
        indexes = [
            models.Index("community", F("last_key").desc(), condition=Q(deleted=None), name="topics_by_activity"),
            models.Index("community", F("created").desc(), condition=Q(deleted=None), name="topics_by_age"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("community:topic_detail", args=[self.pk])

    @property
    def last_at(self) -> datetime:
        """When its newest message was written."""
        return datetime.fromtimestamp(self.last_key / 1_000_000, UTC) if self.last_key else self.created


class AcceptedAnswer(models.Model):
    """A reply that answers a topic's question, as its author or a teacher says."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="accepted")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="accepted")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Answer {self.message_id} to {self.topic}"


class LessonTalkQuerySet(AccessQuerySet["LessonTalk"]):
    """The talk under lessons, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """That under lessons which this person may open, in communities that they read."""
        communities = Community.objects.visible_to(user).values("course")
        return self.filter(
            lesson__in=Lesson.objects.visible_to(user).values("pk"), lesson__module__course__in=communities
        )


@decides_access("lesson", "conversation", of=["conversation__participants__user"])
class LessonTalk(models.Model):
    """The comments under one lesson; made with the first of them, also while that waits for a moderator."""

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="talk")
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="lesson_talk")

    objects: ClassVar[models.Manager["LessonTalk"]] = LessonTalkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Comments on {self.lesson}"
