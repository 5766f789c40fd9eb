"""Messages and what belongs to them."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.conversations import conversation_types, tree
from apps.conversations.audience import Audience
from apps.core import markdown
from apps.files.models import StoredFile

# What a message has room for unless its type says more; and the most that one may say.
MAX_BODY = 5_000
LONGEST_BODY = 20_000


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, in the order and to the extent that a reader may see."""

    def visible_to(self, user: User) -> Self:
        """All that `user` may read, in whatever conversation."""
        rule = Q(pk__in=[])
        for scope in conversation_types.readable(user):
            rule |= scope.messages()
        return self.filter(rule)

    def readable(self, audiences: Iterable[str]) -> Self:
        """Those meant for one of these audiences."""
        chosen = set(audiences)
        # Whoever may read all of them reads along the conversation's own order: a list of audiences would be sorted.
        return self.all() if chosen >= set(Audience.values) else self.filter(audience__in=sorted(chosen))

    def standing(self) -> Self:
        """Those that a tree shows: what is there or hidden, and the gaps above it.

        A gap below which nothing is left is none.
        """
        below = Message.objects.filter(
            conversation=OuterRef("conversation"),
            place__gt=Concat(OuterRef("place"), Value(tree.SEPARATOR)),
            place__lt=Concat(OuterRef("place"), Value(tree.AFTER)),
            deleted=None,
        )
        return self.filter(Q(deleted=None) | Q(hidden=True) | Exists(below) | Q(place=tree.FIRST))

    def below(self, branch: str) -> Self:
        """The reply at a place of a tree and all below it; without a place, everything."""
        return self.filter(place__gte=branch, place__lt=branch + tree.AFTER) if branch else self

    def with_titles(self) -> Self:
        """Each with its conversation, and what the types read for that one's title."""
        return self.select_related("conversation", *conversation_types.titles_from("conversation__"))

    def for_display(self, *, marked: bool = False) -> Self:
        """With all that `_message.html` shows, in a number of queries that doesn't grow; `marked` as for `parts`."""
        return self.select_related("author", "reply_to").prefetch_related(*parts(marked=marked))


class Message(models.Model):
    """What one person wrote, once.

    `key` orders a conversation: the microsecond it was written (UTC), made unique. `version` is the clock's number of
    its last change. `client_key` is the sender's own name for it, so that sending twice makes one row.
    """

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="messages")
    key = models.PositiveBigIntegerField(editable=False)
    version = models.PositiveBigIntegerField(editable=False)
    client_key = models.UUIDField(default=uuid.uuid4, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages")
    author_name = models.CharField(max_length=201, help_text="Kept as text for when the account goes.")
    author_role = models.CharField(max_length=10, choices=Role, help_text="The author's role at the time.")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.STAFF)
    # Where it stands among replies (see tree.py); empty where a conversation runs in the order of writing.
    place = models.CharField(max_length=360, blank=True, editable=False)
    body = models.TextField(max_length=LONGEST_BODY, blank=True, help_text="Empty only where files say it all.")
    # What core.markdown made of it, where its type writes Markdown.
    html = models.TextField(blank=True, editable=False)
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replies")
    created = models.DateTimeField(default=timezone.now, editable=False)
    edited = models.DateTimeField(null=True, blank=True)
    deleted = models.DateTimeField(null=True, blank=True)
    retracted = models.BooleanField(default=False, help_text="Taken back right after sending: not even a gap is shown.")
    # Deleted like any other to all that reads messages, and named differently in its place.
    hidden = models.BooleanField(default=False, help_text="Out of sight until its moderators have decided.")
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
            models.CheckConstraint(
                condition=Q(hidden=False) | Q(deleted__isnull=False, retracted=False), name="what_is_hidden_is_deleted"
            ),
            # A student's own words are for everyone: nothing a student writes may vanish from the student.
            models.CheckConstraint(
                condition=~Q(author_role=Role.STUDENT, audience=Audience.STAFF), name="students_write_for_everyone"
            ),
        ]

        indexes = [
            models.Index("conversation", "pinned", condition=Q(pinned__isnull=False), name="pinned_messages"),
            models.Index("conversation", "place", condition=~Q(place=""), name="messages_by_place"),
            # The place of a watermark among the messages of one audience; the pages of who reads but one.
            models.Index("conversation", "audience", "key", name="messages_of_an_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.body[:60]}"

    @property
    def depth(self) -> int:
        """How many replies lead to it from the first message; 0 for that, and where there is no tree."""
        return tree.depth(self.place)

    @property
    def plain(self) -> str:
        """Its text without Markdown's signs."""
        return markdown.text_of(self.html) if self.html else self.body

    @property
    def reaction_groups(self) -> list[tuple[str, list[User]]]:
        """Each emoji with those who chose it, in the order of its first use."""
        if self.pk is None:
            return []
        groups: dict[str, list[User]] = {}
        for reaction in self.reactions.all():
            groups.setdefault(reaction.emoji, []).append(reaction.user)
        return list(groups.items())

    @property
    def files(self) -> list[StoredFile]:
        """The files that were sent with it, in the order in which they were chosen."""
        return [attachment.file for attachment in self.attachments.all()]

    @property
    def holds_parts(self) -> bool:
        """Has it been fetched with its reactions, mentions and attachments, or just been written?"""
        return hasattr(self, "_prefetched_objects_cache")

    def hold(self, **parts: list[Any]) -> Self:
        """Show these as its reactions, mentions or attachments: they are not asked for again."""
        held: dict[str, list[Any]] = getattr(self, "_prefetched_objects_cache", {})
        self._prefetched_objects_cache: dict[str, list[Any]] = {**held, **parts}
        return self

    def starts_without_parts(self) -> Self:
        """It was written a moment ago: nobody has reacted, and what it has is what was written with it."""
        return self.hold(reactions=[], mentions=[], attachments=[])

    def let_go(self) -> None:
        """Drop what it holds, which refers to it: nothing waits for the garbage collector then."""
        self._prefetched_objects_cache = {}


class Revision(models.Model):
    """A text that a message had before it was edited; for admins."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="revisions")
    body = models.TextField(max_length=LONGEST_BODY, blank=True)
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


def parts(*, marked: bool = False) -> tuple[Prefetch[Any] | str, ...]:
    """What a message is shown with besides its own row, in three queries.

    Two where the HTML that is stored has the names `marked` in it.
    """
    reactions = Prefetch("reactions", Reaction.objects.select_related("user"))
    return (reactions, files()) if marked else (reactions, "mentions", files())


def files() -> Prefetch[Any]:
    """The attachments of messages together with their files, in one query."""
    return Prefetch("attachments", Attachment.objects.select_related("file"))


class Mention(models.Model):
    """A person whom a message names as `@Given Family`; `text` is that name as it was written."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    text = models.CharField(max_length=201)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="one_mention_per_person")]

    def __str__(self) -> str:
        return f"@{self.text}"


class Attachment(models.Model):
    """A file that belongs to a message, or to nobody's eyes but its uploader's until that is sent.

    It has no conversation yet where the message is to begin one.
    """

    conversation = models.ForeignKey(
        "conversations.Conversation", null=True, on_delete=models.CASCADE, related_name="attachments"
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    # Belongs to what waits for approval: it is neither unsent nor sent, and the conversation's moderators may open it.
    waits = models.BooleanField(default=False, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(message=None) | models.Q(conversation__isnull=False),
                name="sent_files_have_a_conversation",
            )
        ]

    def __str__(self) -> str:
        return self.file.name
