"""What moderators decide about: posts and edits that wait, and reports. What waits is no message and is read by its
author and moderators alone.
"""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.community.models.communities import Community
from apps.community.models.topics import MAX_TITLE
from apps.conversations.models import LONGEST_BODY, Attachment, Conversation, Message


class HeldKind(models.TextChoices):
    """What it becomes once it is approved."""

    TOPIC = "topic", "Topic"
    REPLY = "reply", "Reply"
    CHAT = "chat", "Chat message"
    COMMENT = "comment", "Comment"
    EDIT = "edit", "Edit"


class HeldState(models.TextChoices):
    """Where it stands; what isn't waiting is decided for good."""

    WAITING = "waiting", "Waits for approval"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class HeldQuerySet(models.QuerySet["Held"]):
    """What waits or waited, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """One's own, and what is in communities that this person moderates."""
        return self.filter(Q(author=user) | Q(community__in=Community.objects.moderated_by(user).values("pk")))

    def decidable_by(self, user: User) -> Self:
        """What waits in communities that this person moderates."""
        moderated = Community.objects.moderated_by(user).values("pk")
        return self.filter(state=HeldState.WAITING, community__in=moderated)


class Held(models.Model):
    """A post, or an edit of one, that waits for approval.

    Its author may change it: `version` then rises, and a decision names the version that it was made on. It is decided
    by one conditional update from WAITING, so that of two moderators one decides.
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="held")
    kind = models.CharField(max_length=10, choices=HeldKind)
    # Of a topic that waits: made for it, and nobody's to see.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="held")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="held_posts")
    client_key = models.UUIDField(default=uuid.uuid4, editable=False)
    # Of a topic, or another one for it: then `edits` is what the topic says, and `body` what that is to say.
    title = models.CharField(max_length=MAX_TITLE, blank=True, help_text="Of a topic.")
    is_question = models.BooleanField(default=False)
    body = models.TextField(max_length=LONGEST_BODY, blank=True)
    reply_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Of an edit: what is to be changed.
    edits = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="held_edits")
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="held")
    version = models.PositiveIntegerField(default=1, editable=False)
    state = models.CharField(max_length=10, choices=HeldState, default=HeldState.WAITING)
    created = models.DateTimeField("written", default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was rejected, for its author.")
    # What a moderator made of it, where they corrected it; what its author wrote stays as it was.
    correction = models.TextField(max_length=LONGEST_BODY, blank=True)
    corrected_title = models.CharField(max_length=MAX_TITLE, blank=True)
    # What became of it.
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[models.Manager["Held"]] = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        verbose_name = "held post"
        constraints = [
            # An edit is held under its message's key; a message has one edit that waits at most.
            models.UniqueConstraint(
                fields=["author", "client_key"], condition=~Q(kind=HeldKind.EDIT), name="one_held_post_per_sending"
            ),
            models.UniqueConstraint(
                fields=["edits"], condition=Q(state=HeldState.WAITING), name="one_waiting_edit_per_message"
            ),
            models.CheckConstraint(condition=Q(kind__in=HeldKind.values), name="held_post_has_a_known_kind"),
            models.CheckConstraint(condition=Q(state__in=HeldState.values), name="held_post_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(kind=HeldKind.EDIT, edits__isnull=False) | (~Q(kind=HeldKind.EDIT) & Q(edits=None)),
                name="held_edit_has_its_message",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[HeldState.WAITING, HeldState.WITHDRAWN]) | Q(decided_at__isnull=False),
                name="decided_post_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["community", "created"], condition=Q(state=HeldState.WAITING), name="waiting_posts"),
            models.Index(fields=["conversation", "author"], name="held_in_a_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.author}"

    @property
    def waits(self) -> bool:
        """Is it still to be decided?"""
        return self.state == HeldState.WAITING

    @property
    def has_text(self) -> bool:
        """Is its text to be read? Not where an edit changes a title alone."""
        return not (self.edits and self.title and self.edits.body == self.body)

    @property
    def place_url(self) -> str:
        """The page where its author wrote it: of a topic, the list."""
        if self.kind == HeldKind.TOPIC:
            return self.community.get_absolute_url()
        return self.conversation.type.url(self.conversation, self.author)

    @property
    def message_url(self) -> str:
        """Where what became of it stands."""
        if self.message is None:
            return self.place_url
        self.message.conversation = self.conversation
        return self.conversation.type.message_url(self.message, self.author)

    @property
    def place(self) -> str:
        """What that page is called."""
        if self.kind == HeldKind.TOPIC:
            return self.community.name
        return self.conversation.type.title(self.conversation, self.author)


class FlagReason(models.TextChoices):
    """Why somebody reports a post."""

    RUDE = "rude", "Rude or hurtful"
    SPAM = "spam", "Advertising or nonsense"
    CHEATING = "cheating", "Gives a solution away"
    PRIVATE = "private", "Private information"
    OTHER = "other", "Something else"


class FlagOutcome(models.TextChoices):
    """What a moderator decided, or its author did."""

    OPEN = "open", "Open"
    KEPT = "kept", "The post stays"
    REMOVED = "removed", "The post was removed"
    GONE = "gone", "Its author deleted it"


class FlagQuerySet(models.QuerySet["Flag"]):
    """Reports, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """One's own, and those in communities that this person moderates: authors never learn who reported them."""
        return self.filter(Q(user=user) | Q(community__in=Community.objects.moderated_by(user).values("pk")))


class Flag(models.Model):
    """One person's report of one post. A decision settles all of a post's reports at once."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="flags")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="flags")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="flags")
    reason = models.CharField(max_length=10, choices=FlagReason)
    details = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    outcome = models.CharField(max_length=10, choices=FlagOutcome, default=FlagOutcome.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects: ClassVar[models.Manager["Flag"]] = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        verbose_name = "report"
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="one_report_per_person_and_post"),
            models.CheckConstraint(condition=Q(reason__in=FlagReason.values), name="report_has_a_known_reason"),
            models.CheckConstraint(
                condition=Q(outcome=FlagOutcome.OPEN, settled_at=None)
                | (
                    Q(outcome__in=[FlagOutcome.KEPT, FlagOutcome.REMOVED, FlagOutcome.GONE])
                    & Q(settled_at__isnull=False)
                ),
                name="settled_report_says_when",
            ),
        ]
        indexes = [models.Index(fields=["community"], condition=Q(outcome=FlagOutcome.OPEN), name="open_reports")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: message {self.message_id}"


class ModerationNoteQuerySet(models.QuerySet["ModerationNote"]):
    """Notes, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those in communities that this person moderates, but none about them or what they wrote."""
        about_them = Q(person=user) | Q(message__author=user) | Q(held__author=user)
        return self.filter(community__in=Community.objects.moderated_by(user).values("pk")).exclude(about_them)


class ModerationNote(models.Model):
    """A moderator's note for moderators, about a post, about what waits, or about a person."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="moderation_notes")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    held = models.ForeignKey(Held, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(max_length=2_000)
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["ModerationNote"]] = ModerationNoteQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(message__isnull=False, held=None, person=None)
                | Q(message=None, held__isnull=False, person=None)
                | Q(message=None, held=None, person__isnull=False),
                name="note_is_about_one_thing",
            ),
            models.CheckConstraint(condition=~Q(body=""), name="note_says_something"),
        ]
        indexes = [
            models.Index(fields=["community", "person"], condition=Q(person__isnull=False), name="notes_on_people")
        ]

    def __str__(self) -> str:
        return f"Note of {self.author}"
