"""The one engine for every kind of talk: conversations, who takes part, messages."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations import conversation_types
from apps.conversations.audience import Audience as Audience
from apps.conversations.cursor import Cursor
from apps.conversations.querysets import ConversationQuerySet, MessageQuerySet

MAX_BODY = 5_000
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class Conversation(models.Model):
    """One talk.

    `clock` counts the changes that all readers may see, `staff_clock` those that only staff may see, so that no number
    a student meets has a hole where staff spoke. Both only move under this row's lock.
    """

    # The name of its type; what has one that no app registers is nobody's to see.
    kind = models.CharField(max_length=20, choices=conversation_types.names)
    clock = models.PositiveBigIntegerField(default=0, editable=False)
    staff_clock = models.PositiveBigIntegerField(default=0, editable=False)
    locked = models.BooleanField(default=False)
    # Whose it is to see to the next step; staff give it.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    unread: int  # Where with_unread_for has counted.

    objects: ClassVar[models.Manager["Conversation"]] = ConversationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} conversation {self.pk}"

    @property
    def type(self) -> conversation_types.ConversationType:
        """What decides who reads this conversation, who writes in it, and what it is called."""
        return conversation_types.get(self.kind)

    def cursor_for(self, audiences: Iterable[str]) -> Cursor:
        """Where a reader of these audiences stands who has seen all there is now."""
        return Cursor(self.clock, self.staff_clock if Audience.STAFF in audiences else None)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Who takes part."""

    def muted(self) -> Self:
        """Those who want to hear nothing of it now."""
        return self.filter(muted_until__gt=timezone.now())


class Participant(models.Model):
    """A person who takes part in a conversation, and how far they have read (a watermark, not a row per message)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations")
    last_read = models.PositiveBigIntegerField("key of the last message read", default=0)
    delivered = models.PositiveBigIntegerField("key of the last message that reached a page of theirs", default=0)
    # Whoever only looked in once takes no part: they get neither toasts nor badges.
    follows = models.BooleanField(default=True)
    # Until then its owner wants to hear nothing of it; FOREVER is for good.
    muted_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Participant"]] = ParticipantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="one_participation_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.conversation}"


class Message(models.Model):
    """What one person wrote, once.

    `key` orders a conversation: the microsecond it was written (UTC), made unique. `version` is the clock's number of
    its last change. `client_key` is the sender's own name for it, so that sending twice makes one row.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    key = models.PositiveBigIntegerField(editable=False)
    version = models.PositiveBigIntegerField(editable=False)
    client_key = models.UUIDField(default=uuid.uuid4, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages")
    author_name = models.CharField(max_length=201, help_text="Kept as text for when the account goes.")
    author_role = models.CharField(max_length=10, choices=Role, help_text="The author's role at the time.")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.STAFF)
    body = models.TextField(max_length=MAX_BODY, blank=True, help_text="Empty only where files say it all.")
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies")
    created = models.DateTimeField(default=timezone.now, editable=False)
    edited = models.DateTimeField(null=True, blank=True)
    deleted = models.DateTimeField(null=True, blank=True)
    retracted = models.BooleanField(default=False, help_text="Taken back right after sending: not even a gap is shown.")
    pinned = models.DateTimeField(null=True, blank=True)
    # As it was just published: whoever sent it is answered with the same.
    fragment: str = ""

    objects: ClassVar[models.Manager["Message"]] = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["conversation", "key"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "key"], name="one_message_per_place"),
            models.UniqueConstraint(fields=["conversation", "audience", "version"], name="one_change_per_tick"),
            models.UniqueConstraint(fields=["author", "client_key"], name="one_message_per_sending"),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="message_has_a_known_audience"),
            models.CheckConstraint(
                condition=Q(retracted=False) | Q(deleted__isnull=False), name="what_is_taken_back_is_deleted"
            ),
            # A student's own words are for everyone: nothing a student writes may vanish from the student.
            models.CheckConstraint(
                condition=~Q(author_role=Role.STUDENT, audience=Audience.STAFF), name="students_write_for_everyone"
            ),
        ]

        indexes = [
            models.Index("conversation", "pinned", condition=Q(pinned__isnull=False), name="pinned_messages"),
            # The place of a watermark among the messages of one audience; the pages of who reads but one.
            models.Index("conversation", "audience", "key", name="messages_of_an_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.body[:60]}"

    @property
    def reaction_groups(self) -> list[tuple[str, list[User]]]:
        """Each emoji with those who chose it, in the order of its first use."""
        if self.pk is None:
            return []
        groups: dict[str, list[User]] = {}
        for reaction in self.reactions.all():
            groups.setdefault(reaction.emoji, []).append(reaction.user)
        return list(groups.items())

    def starts_without_parts(self) -> Self:
        """It was written a moment ago: nobody has reacted, and what it has is what was written with it."""
        self._prefetched_objects_cache: dict[str, list[Any]] = {"reactions": [], "mentions": [], "attachments": []}
        return self


class Revision(models.Model):
    """A text that a message had before it was edited; for admins."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="revisions")
    body = models.TextField(max_length=MAX_BODY, blank=True)
    replaced = models.DateTimeField(default=timezone.now, editable=False)
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["message", "pk"]

    def __str__(self) -> str:
        return f"{self.replaced:%Y-%m-%d %H:%M}: {self.body[:60]}"


class Reaction(models.Model):
    """One emoji of one person on one message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reactions")
    emoji = models.CharField(max_length=16)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["message", "user", "emoji"], name="one_reaction_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.emoji} {self.user}"


class Mention(models.Model):
    """A person whom a message names as `@Given Family`; `text` is that name as it was written."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    text = models.CharField(max_length=201)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="one_mention_per_person")]

    def __str__(self) -> str:
        return f"@{self.text}"


def attachment_path(attachment: "Attachment", name: str) -> str:
    """Where a file is kept: nothing in the path tells what it is or can be guessed."""
    return f"attachments/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


class Attachment(models.Model):
    """A file that belongs to a message, or to nobody's eyes but its uploader's until that is sent.

    `ready` is when it may be served: an image waits until it has been written anew, without what cameras add. `failed`
    says why it never will be. Sizes are in bytes, `width` and `height` in pixels.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=attachment_path, max_length=200)
    thumbnail = models.FileField(upload_to=attachment_path, max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    ready = models.DateTimeField(null=True)
    failed = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Pair(models.Model):
    """The two people of a direct conversation; `first` is the one with the lower id, so that each pair has but one."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="pair")
    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_direct_conversation_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"

    def other_id(self, user: User) -> int:
        """The id of the one who isn't `user`."""
        return self.second_id if self.first_id == user.pk else self.first_id

    def other(self, user: User) -> User:
        """The one who isn't `user`."""
        return self.second if self.first_id == user.pk else self.first
