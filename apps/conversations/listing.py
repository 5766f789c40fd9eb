"""The list of one person's direct conversations as its URL asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from apps.accounts.models import User
from apps.conversations.direct import DirectConversations
from apps.conversations.models import Conversation, Message
from apps.core.finding import every_word
from apps.core.listing import Listing, Sort

NAMES = ("given_name", "family_name")


@dataclass
class Talk:
    """A direct conversation in the list: with whom, and what was said last."""

    conversation: Conversation
    other: User
    last: Message


class TalkList(Listing[Talk]):
    """The direct conversations of one person in which something was said, the newest first."""

    route = "messages:talk_list"
    one, many = "conversation", "conversations"
    name, title = "talks", "Inbox"
    placeholder = "Search by name"
    size = 30
    events = ("unread",)
    # By when it was said: what was taken over from elsewhere has younger ids.
    sorts = {"new": Sort("Newest first", ("-newest_key", "pk"))}

    @property
    def channels(self) -> Sequence[str]:
        """What reaches this person."""
        return (f"user-{self.user.pk}",)

    def visible(self) -> Any:
        """Each with its two people, the number of unread messages, and its last message."""
        written = Message.objects.filter(conversation=OuterRef("pk"), deleted=None).order_by("-key")
        return (
            Conversation.objects.visible_to(self.user, DirectConversations.name)
            .select_related("pair__first", "pair__second")
            .with_unread_for(self.user, DirectConversations.name)
            .annotate(newest=Subquery(written.values("pk")[:1]), newest_key=Subquery(written.values("key")[:1]))
            .exclude(newest=None)
        )

    def search(self, rows: Any, text: str) -> Any:
        """By the name of the other one."""
        mine = Q(pair__first=self.user)
        return rows.filter(
            (mine & every_word(text, *(f"pair__second__{name}" for name in NAMES)))
            | (~mine & every_word(text, *(f"pair__first__{name}" for name in NAMES)))
        )

    @cached_property
    def rows(self) -> Sequence[Talk]:
        """What the rows show."""
        rows = list(self.page)
        last = Message.objects.in_bulk([row.newest for row in rows])
        return [Talk(row, row.pair.other(self.user), last[row.newest]) for row in rows]
