"""Conversations and who takes part in them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import conversation_types
from apps.conversations.audience import Audience
from apps.conversations.cursor import Cursor
from apps.conversations.models.messages import Message
from apps.realtime.access import AccessQuerySet, decides_access

# Unread messages are counted up to here; more are shown as 99+.
MAX_UNREAD = 100
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class Count(Subquery):
    """How many rows a subquery has; unlike an aggregate, it stops where the subquery does."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()


class ConversationQuerySet(AccessQuerySet["Conversation"]):
    """Conversations, found through what a person may see."""

    def visible_to(self, user: User, kind: str = "") -> Self:
        """Those (of one kind) that `user` may read, as each type decides."""
        rule = Q(pk__in=[])
        for scope in conversation_types.readable(user, kind):
            rule |= scope.conversations()
        return self.filter(rule)

    def with_unread_for(self, user: User, kind: str = "") -> Self:
        """Annotate conversations with `unread`: messages that `user` may read and hasn't, capped at MAX_UNREAD.

        The user's own and deleted messages don't count, nor does any where they don't take part. If all are of
        one kind, naming it spares the database the rules of the others.
        """
        theirs = Q(pk__in=[])
        for scope in conversation_types.readable(user, kind):
            theirs |= Q(Exact(OuterRef("kind"), Value(scope.type.name)), audience__in=scope.audiences)
        taking_part = Participant.objects.filter(user=user, follows=True, conversation=OuterRef("pk"))
        # The watermark is the conversation's: looked up for each of its messages, it would have all of them read.
        rows = self.alias(read_by_user=Subquery(taking_part.values("last_read")))
        unread = Message.objects.filter(
            theirs, conversation=OuterRef("pk"), key__gt=OuterRef("read_by_user"), deleted=None
        )
        # Sorted by nothing: the first so many will do.
        return rows.annotate(unread=Count(unread.exclude(author=user).order_by().values("pk")[:MAX_UNREAD]))

    def with_titles(self) -> Self:
        """With what the types read for a title or a channel: nothing more is asked for then."""
        return self.select_related("assignee", *conversation_types.titles_from())


@decides_access("kind", of=["participants__user"])
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
    # The id of what it belongs to with others of its kind, whose messages can be searched together: its course.
    area = models.PositiveBigIntegerField(null=True, editable=False)
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


class ParticipantQuerySet(AccessQuerySet["Participant"]):
    """Who takes part."""

    def muted(self) -> Self:
        """Those who want to hear nothing of it now."""
        return self.filter(muted_until__gt=timezone.now())


@decides_access("conversation", "user", of=["user"])
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


@decides_access("conversation", "first", "second", of=["first", "second"])
class Pair(models.Model):
    """The two people of a direct conversation; `first` is the one with the lower id, so that each pair has but one."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="pair")
    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    objects: ClassVar[models.Manager["Pair"]] = AccessQuerySet["Pair"].as_manager()

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
