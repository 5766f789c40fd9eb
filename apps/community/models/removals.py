"""Posts that moderators hid or removed, for a reason that their authors read."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.community.models.communities import Community
from apps.conversations import tree
from apps.conversations.models import Message


class RemovalState(models.TextChoices):
    """Where it stands; about what is hidden a moderator is still to decide."""

    HIDDEN = "hidden", "Hidden"
    REMOVED = "removed", "Removed"
    RESTORED = "restored", "Put back"


class RemovalQuerySet(models.QuerySet["Removal"]):
    """Removals, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own posts where one still reads, and those in communities that one moderates."""
        own = Q(message__author=user, community__in=Community.objects.visible_to(user).values("pk"))
        return self.filter(own | Q(community__in=Community.objects.moderated_by(user).values("pk")))

    def standing(self) -> Self:
        """Those whose post is out of sight."""
        return self.exclude(state=RemovalState.RESTORED)


class Removal(models.Model):
    """One post that a moderator hid or removed; with the first post of a topic its topic.

    The post itself is deleted as any other, so that nothing that reads messages meets it.
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="removals")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="removals")
    state = models.CharField(max_length=10, choices=RemovalState, default=RemovalState.REMOVED)
    reason = models.CharField(max_length=500, help_text="For its author.")
    created = models.DateTimeField("taken down", default=timezone.now, editable=False)
    # When, and by whom, it was hidden, removed or put back.
    decided_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar[models.Manager["Removal"]] = RemovalQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], condition=~Q(state=RemovalState.RESTORED), name="a_post_is_taken_down_once"
            ),
            models.CheckConstraint(condition=Q(state__in=RemovalState.values), name="removal_has_a_known_state"),
            models.CheckConstraint(condition=~Q(reason=""), name="removal_says_why"),
        ]
        indexes = [
            models.Index(
                fields=["community", "created"], condition=Q(state=RemovalState.REMOVED), name="removed_posts"
            ),
            models.Index(fields=["community", "created"], condition=Q(state=RemovalState.HIDDEN), name="hidden_posts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: message {self.message_id}"

    @property
    def title(self) -> str:
        """Of the topic that went with it."""
        topic = getattr(self.message.conversation, "topic", None)
        return topic.title if topic and self.message.place == tree.FIRST else ""

    @property
    def stands(self) -> bool:
        """Is the post still out of sight?"""
        return self.state != RemovalState.RESTORED

    @property
    def waits(self) -> bool:
        """Is a moderator still to decide?"""
        return self.state == RemovalState.HIDDEN
