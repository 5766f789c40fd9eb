"""The communities that one person reads, each with what is new to them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from apps.accounts.models import User
from apps.community import live
from apps.community.models import Community, Topic
from apps.conversations.models import MAX_UNREAD, Message, Participant
from apps.conversations.models.conversations import Count
from apps.core.finding import every_word
from apps.core.listing import Listing, Sort


class CommunityList(Listing[Community]):
    """Each with `unread_topics`, `unread_chat` and `last_key`."""

    route = "community:community_list"
    one, many = "community", "communities"
    title = "Community"
    placeholder = "Words of the title"
    # A page listens to each of its communities; a stream has room for as many, and for what other regions need.
    size = 12
    sorts = {"active": Sort("Last activity", ("-last_key", "course__title", "pk"), "Longest quiet")}

    @property
    def channels(self) -> Sequence[str]:
        """All that happens to topics there; what this person reads elsewhere."""
        return (f"user-{self.user.pk}", *map(live.channel, [row.pk for row in self.rows]))

    @property
    def events(self) -> Sequence[str]:  # type: ignore[override]
        """The same, by name."""
        return ("unread", *self.channels[1:])

    def visible(self) -> Any:
        """Those that this person reads."""
        return Community.objects.visible_to(self.user).select_related("course", "banner")

    def search(self, rows: Any, text: str) -> Any:
        """By title, its own and the course's."""
        return rows.filter(every_word(text, "title", "course__title"))

    @property
    def found(self) -> Any:
        """With what is new."""
        return with_news(super().found, self.user)


def with_news(communities: Any, user: User) -> Any:
    """Each with `unread_topics` and `unread_chat`, MAX_UNREAD at most, and `last_key`: the newest message of both.

    As in the list of topics, what one never opened is unread; one's own and deleted messages are not.
    """
    standing = Topic.objects.standing().filter(community=OuterRef("pk"))
    chat = Message.objects.filter(conversation=OuterRef("chat"), deleted=None)
    mine = Participant.objects.filter(user=user, conversation=OuterRef("conversation")).values("last_read")
    unread = chat.exclude(author=user).filter(key__gt=Coalesce(Subquery(mine), Value(0)))
    newest_topic = Subquery(standing.order_by("-last_key").values("last_key")[:1])
    newest_chat = Subquery(chat.order_by("-key").values("key")[:1])
    return communities.annotate(
        unread_topics=Count(standing.unread_by(user).order_by().values("pk")[:MAX_UNREAD]),
        unread_chat=Count(unread.order_by().values("pk")[:MAX_UNREAD]),
        last_key=Greatest(Coalesce(newest_topic, Value(0)), Coalesce(newest_chat, Value(0))),
    )
