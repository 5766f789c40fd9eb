"""The list of tickets as its URL asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, F, OrderBy, OuterRef, Q, Subquery, Value, When
from django.db.models.fields import BooleanField

from apps.conversations.audience import Audience
from apps.conversations.fulltext import id_at, index_of, kind_scope
from apps.conversations.fulltext.words import parse
from apps.conversations.models import Message
from apps.core.finding import every_word
from apps.core.formats import number
from apps.core.listing import Filter, Listing, Sort
from apps.support.inbox import USUAL, VIEWS, condition, counts, tickets, unread_in_row
from apps.support.live import INBOX
from apps.support.models import CONVERSATION_KIND, Label, Ticket, Topic

NAMES = ("person__given_name", "person__family_name", "person__email")
# A word that is in more messages than this is looked for in the newest of them.
MOST_MESSAGES = 2_000


class View(NamedTuple):
    """A view as the list offers it."""

    name: str
    label: str
    url: str
    number: int
    is_current: bool


@dataclass
class Row:
    """A ticket in the list: what was said last, how much of it is unread, and whether it (still) fits the view."""

    ticket: Ticket
    last: Message | None
    unread: int
    fits: bool
    is_open: bool

    @property
    def by(self) -> str:
        """Who said it, where it was not the person."""
        last = self.last
        if last is None or last.author_id == self.ticket.person_id:
            return ""
        name = last.author_name.split(" ")[0] if last.author_name else "Support"
        return f"{name}, note" if last.audience == Audience.STAFF else name


class TicketList(Listing[Row]):
    """Tickets, those with the newest word first. The open one (`keep`) stays whether it fits or not."""

    route = "support:inbox"
    one, many = "ticket", "tickets"
    title = "Inbox"
    placeholder = "Search people and words"
    size = 40
    events = ("inbox-due", "unread")
    sorts = {
        "new": Sort("Newest first", ("-newest_key", "-pk"), "Oldest first"),
        "waiting": Sort("Waiting longest", ("unanswered_since", "-newest_key", "-pk"), "Waiting shortest"),
        "priority": Sort("Most urgent", ("-priority", "-newest_key", "-pk"), "Least urgent"),
    }
    filters = (
        Filter("view", "View", "Open", lambda _: [item for item in VIEWS.items() if item[0] != USUAL]),
        Filter("topic", "Topic", "Any topic", lambda _: Topic.objects.values_list("pk", "name")),
        Filter("label", "Label", "Any label", lambda _: Label.objects.values_list("pk", "name")),
    )

    @property
    def channels(self) -> Sequence[str]:
        """What all staff hear."""
        return (INBOX,)

    @property
    def menus(self) -> list[Any]:
        """The filters that are menus above the list."""
        return self.controls[1:]

    @cached_property
    def kept(self) -> int:
        """The ticket that is open beside the list; 0 for none."""
        asked = self.query.get("keep", "")
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0

    def visible(self) -> Any:
        """All, each with its newest message and how much is unread."""
        written = Message.objects.filter(conversation=OuterRef("conversation"), deleted=None).order_by("-key")
        return (
            tickets(self.user)
            .select_related("conversation__assignee", "person", "topic")
            .prefetch_related("labels")
            .annotate(
                newest=Subquery(written.values("pk")[:1]),
                newest_key=Subquery(written.values("key")[:1]),
                unread=unread_in_row(),
            )
        )

    @property
    def condition(self) -> Q:
        """What is asked for."""
        wanted = condition(self.values["view"] or USUAL, self.user)
        if topic := self.values["topic"]:
            wanted &= Q(topic=topic)
        if label := self.values["label"]:
            wanted &= Q(pk__in=Ticket.labels.through.objects.filter(label_id=int(label)).values("ticket"))
        if self.text:
            wanted &= every_word(self.text, *NAMES) | Q(conversation__in=with_words(self.text))
        return wanted

    @property
    def found(self) -> Any:
        """What is asked for, and the ticket that is open."""
        wanted = self.condition
        fits = Case(When(wanted, then=Value(True)), default=Value(False), output_field=BooleanField())
        rows = self.visible().annotate(fits=fits if self.kept else Value(True))
        return rows.filter(wanted | Q(pk=self.kept) if self.kept else wanted)

    def order_by(self) -> list[str | OrderBy]:
        """By what the URL says; who waits for nothing comes after all who do."""
        fields = super().order_by()
        if self.sort.endswith("waiting"):
            since = F("unanswered_since")
            fields[0] = since.desc(nulls_last=True) if self.sort.startswith("-") else since.asc(nulls_last=True)
        return fields

    @cached_property
    def rows(self) -> Sequence[Row]:
        """What the rows show."""
        page = list(self.page)
        last = Message.objects.in_bulk([ticket.newest for ticket in page if ticket.newest])
        return [
            Row(ticket, last.get(ticket.newest), ticket.unread, ticket.fits, ticket.pk == self.kept) for ticket in page
        ]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """How many tickets each view has."""
        return counts(self.user)

    @property
    def totals(self) -> str:
        """What somebody who doesn't see the list is told when it changes."""
        return f"{number(self.numbers['open'])} open, {number(self.numbers['unassigned'])} unassigned"

    @property
    def views(self) -> list[View]:
        """All views with how many tickets each has."""
        current = self.values["view"] or USUAL
        return [View(name, label, self._in(name), self.numbers[name], name == current) for name, label in VIEWS.items()]

    def _in(self, view: str) -> str:
        other = TicketList(self.user, self.query)
        other.__dict__["controls"] = self.controls
        other.__dict__["values"] = {**self.values, "view": "" if view == USUAL else view}
        return other.link()

    @property
    def own_query(self) -> str:
        """The query of this list's URL, for links that lead back to it."""
        return self.link().partition("?")[2]


def with_words(text: str) -> list[int]:
    """The support conversations in which these words stand, found by the full-text index."""
    query = parse(text)
    if not query:
        return []
    scopes = [kind_scope(CONVERSATION_KIND, audience) for audience in (Audience.EVERYONE, Audience.STAFF)]
    places = index_of(connection).places(connection, query, scopes, None, MOST_MESSAGES)
    found = Message.objects.filter(pk__in=[id_at(place) for place in places], deleted=None)
    return list(found.order_by().values_list("conversation", flat=True).distinct())
