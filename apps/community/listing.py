"""The list of a community's topics as its URL asks for it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.community import live
from apps.community.models import Topic
from apps.conversations.models import Message
from apps.core.finding import every_word
from apps.core.listing import Filter, Listing, Sort
from apps.courses.models import Course

SHOWN = (("unread", "Unread"), ("mine", "Mine"), ("unanswered", "Unanswered"), ("solved", "Solved"))


def _mine(rows: Any, user: User) -> Any:
    """Begun by this person, or answered by them."""
    written = Message.objects.filter(conversation=OuterRef("conversation"), author=user, deleted=None)
    return rows.filter(Exists(written))


# What each of them leaves. Unanswered is a question without an accepted answer.
NARROWED: dict[str, Callable[[Any, User], Any]] = {
    "unread": lambda rows, user: rows.unread_by(user),
    "mine": _mine,
    "unanswered": lambda rows, user: rows.filter(is_question=True, solved=False),
    "solved": lambda rows, user: rows.filter(solved=True),
}


# The most unread topics to count and page: to a new member of a large community every topic is unread.
MOST_UNREAD = 500


class PinnedFirst:
    """Topics for a paginator: pinned ones first, then the others in index order.

    The database stops reading the index once a page is full. Sorting by pin and order in one query would read every
    match first.
    """

    def __init__(self, rows: Any, order: Sequence[Any], most: int) -> None:
        self.rows, self.order, self.most = rows, order, most

    @cached_property
    def pinned(self) -> list[Topic]:
        """The few pinned topics, in the moderators' order."""
        return list(self.rows.filter(pin_position__isnull=False).order_by("pin_position"))

    @property
    def others(self) -> Any:
        """Topics that aren't pinned."""
        return self.rows.filter(pin_position=None)

    @cached_property
    def _counted(self) -> int:
        return len(self.pinned) + int(self.others.order_by()[: self.most + 1].count())

    @property
    def more(self) -> bool:
        """Are there more than `most`?"""
        return self._counted > self.most

    def count(self) -> int:
        """The number of topics, capped at `most`."""
        return min(self._counted, self.most)

    def __getitem__(self, part: slice) -> list[Topic]:
        first, last = part.start or 0, part.stop
        above = self.pinned[first:last]
        begin, end = max(0, first - len(self.pinned)), max(0, last - len(self.pinned))
        return [*above, *(self.others.order_by(*self.order)[begin:end] if end else ())]


class TopicList(Listing[Topic]):
    """The topics of one community that are not deleted, pinned ones first under every sort."""

    one, many = "topic", "topics"
    placeholder = "Words of the title, or a name"
    size = 20
    sorts = {
        "active": Sort("Last activity", ("-last_key", "-pk"), "Longest quiet"),
        "new": Sort("Newest", ("-created", "-pk"), "Oldest"),
        "replies": Sort("Most replies", ("-replies", "-pk"), "Fewest replies"),
    }
    filters = (Filter("show", "Show", "All", lambda _: SHOWN, lambda rows, chosen: rows, buttons=True),)

    def __init__(self, user: User, course: Course, query: QueryDict) -> None:
        super().__init__(user, query)
        self.community = course.community

    def path(self) -> str:
        """The community's page."""
        return reverse("community:topic_list", args=[self.community.course_id])

    @property
    def channels(self) -> Sequence[str]:
        """All that happens to its topics."""
        return (live.channel(self.community.pk),)

    @property
    def events(self) -> Sequence[str]:  # type: ignore[override]
        """What this person reads elsewhere changes their numbers."""
        return (live.channel(self.community.pk), "unread")

    def visible(self) -> Any:
        """Each with whether it is solved."""
        rows = Topic.objects.visible_to(self.user).standing().filter(community=self.community)
        return rows.with_solved().select_related("author", "conversation")

    def search(self, rows: Any, text: str) -> Any:
        """By title and by the name of who began it."""
        return rows.filter(every_word(text, "title", "author__given_name", "author__family_name"))

    @property
    def found(self) -> Any:
        """Narrowed for this person."""
        rows = super().found
        return NARROWED[self.values["show"]](rows, self.user) if self.values["show"] else rows

    @property
    def matching(self) -> Any:
        """Pinned ones first; counted are only those of the page."""
        rows = self.found.with_figures_for(self.user)
        if self.values["show"] == "unread":
            return PinnedFirst(rows, self.order_by(), MOST_UNREAD)
        return rows.pinned_first(*self.order_by())

    @property
    def uncounted(self) -> bool:  # type: ignore[override]
        """True if there are more unread topics than MOST_UNREAD."""
        rows = self.page.paginator.object_list
        return isinstance(rows, PinnedFirst) and rows.more
