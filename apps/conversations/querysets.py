"""Conversations and messages as they are looked for: through what a person may see, and with what is shown of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.lookups import Exact

from apps.accounts.models import User
from apps.conversations import conversation_types
from apps.conversations.audience import Audience

if TYPE_CHECKING:
    from apps.conversations.models import Conversation, Message  # noqa: F401 - named in strings below

# Unread messages are counted up to here; more are shown as 99+.
MAX_UNREAD = 100
# What a message is shown with besides its own row.
PARTS = ("reactions__user", "mentions", "attachments")


class Count(Subquery):
    """How many rows a subquery has; unlike an aggregate, it stops where the subquery does."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Conversations, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those that `user` may read, as each type decides."""
        rule = Q(pk__in=[])
        for scope in conversation_types.readable(user):
            rule |= scope.conversations()
        return self.filter(rule)

    def with_unread_for(self, user: User) -> Self:
        """Each with `unread`: how many messages `user` may read and hasn't, MAX_UNREAD at most.

        One's own and deleted ones don't count, nor does anything where one doesn't take part.
        """
        from apps.conversations.models import Message, Participant

        theirs = Q(pk__in=[])
        for scope in conversation_types.readable(user):
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

    def with_titles(self) -> Self:
        """Each with its conversation, and what the types read for that one's title."""
        return self.select_related("conversation", *conversation_types.titles_from("conversation__"))

    def for_display(self) -> Self:
        """With all that `_message.html` shows, in a number of queries that doesn't grow."""
        return self.select_related("author", "reply_to").prefetch_related(*PARTS)
