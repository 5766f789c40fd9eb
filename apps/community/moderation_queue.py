"""The queue of a moderator: what waits in the communities that they look after, oldest first."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Min, Prefetch, Q, QuerySet, Value
from django.urls import reverse

from apps.accounts.models import User
from apps.community.actions.flags import text_version
from apps.community.comparing import Piece, compare
from apps.community.models import (
    Community,
    Flag,
    FlagOutcome,
    Held,
    HeldKind,
    HeldState,
    ModerationNote,
    Removal,
    RemovalState,
)
from apps.conversations import conversation_types
from apps.conversations.models import Attachment, Message, files

PAGE = 20
# Fields that moderators type into.
TEXTS = ("reason", "title", "body", "note")

FILTERS = {"posts": "Posts", "edits": "Edits", "reports": "Reports", "hidden": "Hidden", "removed": "Removed"}


@dataclass
class Item:
    """One thing to decide, with all that its moderator needs for it."""

    name: str
    since: datetime
    community: Community
    held: Held | None = None
    message: Message | None = None
    removal: Removal | None = None
    flags: list[Flag] = field(default_factory=list)
    notes: list[ModerationNote] = field(default_factory=list)
    # Of its author, in this community.
    person_notes: list[ModerationNote] = field(default_factory=list)
    error: str = ""
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Is it still to be decided?"""
        if self.held:
            return self.held.waits
        if self.removal:
            return self.removal.waits
        return not self.hidden and any(flag.outcome == FlagOutcome.OPEN for flag in self.flags)

    @property
    def typed_text(self) -> str:
        """Everything that the moderator typed about it, joined."""
        return "\n".join(text for name in TEXTS if (text := self.typed.get(name, "")))

    @property
    def version(self) -> str:
        """Which text of a reported post is shown."""
        return text_version(self.message) if self.message else ""

    @property
    def hidden(self) -> Removal | None:
        """Of a reported post: that a moderator hid it, which is an item by itself."""
        standing: list[Removal] = getattr(self.message, "standing", [])
        return next((removal for removal in standing if removal.waits), None)

    @property
    def author(self) -> User | None:
        """Whose it is."""
        return self.held.author if self.held else self.message.author if self.message else None

    @property
    def place(self) -> str:
        """What the page is called where a reported post stands."""
        return self.message.conversation.type.title(self.message.conversation) if self.message else ""

    @property
    def url(self) -> str:
        """That page, at the post."""
        return self.message.conversation.type.message_url(self.message, None) if self.message else ""

    @property
    def own_url(self) -> str:
        """Its own page in the queue."""
        if self.held:
            return reverse("community:held_decide", args=[self.held.pk])
        return reverse("community:post_decide", args=[self.message.pk]) if self.message else ""

    @property
    def pieces(self) -> list[Piece]:
        """Of an edit, what it changes; the whole text otherwise."""
        held = self.held
        return compare(held.edits.body, held.body) if held and held.edits else []


class Queue:
    """What one person has to decide, in all their communities or one, page by page."""

    def __init__(self, user: User, community: Community | None = None, kind: str = "", page: int = 1) -> None:
        self.user, self.community, self.page = user, community, page
        self.kind = kind if kind in FILTERS else ""

    @property
    def rows(self) -> QuerySet[Any, Any]:
        """What kind of thing, its id, and since when it waits; of what was removed the newest first."""
        if self.kind == "removed":
            taken = self._removals(RemovalState.REMOVED)
            return taken.order_by("-since", "-pk").values_list("what", "pk", "since")
        hidden = self._removals(RemovalState.HIDDEN).values_list("what", "pk", "since")
        if self.kind == "hidden":
            return hidden.order_by("since", "pk")
        waiting = self._held().order_by().annotate(what=Value("held"), since=F("created"))
        held = waiting.values_list("what", "pk", "since")
        if self.kind in {"posts", "edits"}:
            return held.order_by("since", "pk")
        posts = self._flags().values("message").annotate(what=Value("post"), since=Min("created"))
        reported = posts.values_list("what", "message", "since")
        if self.kind == "reports":
            return reported.order_by("since", "message")
        return held.union(reported, hidden, all=True).order_by("since", "what", "pk")

    def _flags(self) -> QuerySet[Flag]:
        open_ones = Flag.objects.filter(outcome=FlagOutcome.OPEN, community__in=self._communities().values("pk"))
        # Whoever wrote a post doesn't learn who reported it; one that is hidden is in the queue as that.
        withheld = Removal.objects.all().standing().values("message")
        return open_ones.exclude(message__author=self.user).exclude(message__in=withheld).order_by()

    def _removals(self, state: RemovalState) -> QuerySet[Any, Any]:
        taken = Removal.objects.filter(state=state, community__in=self._communities().values("pk"))
        taken = taken.exclude(message__author=self.user).order_by()
        return taken.annotate(what=Value("removal"), since=F("created"))

    def _held(self) -> QuerySet[Held]:
        waiting = Held.objects.filter(state=HeldState.WAITING, community__in=self._communities().values("pk"))
        # Nobody decides about their own.
        waiting = waiting.exclude(author=self.user)
        if self.kind == "edits":
            return waiting.filter(kind=HeldKind.EDIT)
        return waiting.exclude(kind=HeldKind.EDIT) if self.kind == "posts" else waiting

    def _communities(self) -> QuerySet[Community]:
        rows = Community.objects.moderated_by(self.user)
        return rows.filter(pk=self.community.pk) if self.community else rows

    @property
    def earlier(self) -> int:
        """The page before this one."""
        return self.page - 1

    @property
    def later(self) -> int:
        """The page after this one."""
        return self.page + 1

    @property
    def count(self) -> int:
        """How many there are."""
        return self.rows.count()

    def items(self, kept: list[str] | None = None) -> tuple[list[Item], bool]:
        """Those of the page, and whether there are more; `kept` are those on screen that may be decided by now."""
        start = (self.page - 1) * PAGE
        rows = list(self.rows[start : start + PAGE + 1])
        wanted = {(what, pk) for what, pk, _ in rows[:PAGE]}
        wanted |= {(name.partition("-")[0], int(name.partition("-")[2])) for name in kept or []}
        communities = self._communities()
        found = held_items(self.user, {pk for what, pk in wanted if what == "held"}, communities)
        found += flagged_items(self.user, {pk for what, pk in wanted if what == "post"}, communities)
        found += removal_items(self.user, {pk for what, pk in wanted if what == "removal"}, communities)
        with_notes(self.user, found)
        newest_first = self.kind == "removed"
        return sorted(found, key=lambda item: (item.since, item.name), reverse=newest_first), len(rows) > PAGE


def held_items(user: User, ids: set[int], communities: QuerySet[Community]) -> list[Item]:
    """Held posts with all that is shown of them, decided ones too."""
    rows = Held.objects.filter(pk__in=ids, community__in=communities.values("pk")).exclude(author=user)
    return [item_of(held) for held in with_details(rows)]


def with_notes(user: User, items: list[Item]) -> None:
    """Give each what moderators noted about it, and about its author in its community, in one query."""
    about = Q(held__in=[item.held.pk for item in items if item.held])
    about |= Q(message__in=[item.message.pk for item in items if item.message])
    people = {item.author.pk for item in items if item.author}
    about |= Q(person__in=people, community__in={item.community.pk for item in items})
    notes: dict[tuple[str, int | None, int], list[ModerationNote]] = {}
    for note in ModerationNote.objects.visible_to(user).filter(about).select_related("author"):
        kind = "held" if note.held_id else "post" if note.message_id else "person"
        thing = note.held_id or note.message_id or note.person_id
        notes.setdefault((kind, thing, note.community_id), []).append(note)
    for item in items:
        kind, thing = ("held", item.held.pk) if item.held else ("post", item.message.pk if item.message else None)
        item.notes = notes.get((kind, thing, item.community.pk), [])
        item.person_notes = notes.get(("person", item.author.pk if item.author else None, item.community.pk), [])


def removal_items(user: User, ids: set[int], communities: QuerySet[Community] | None = None) -> list[Item]:
    """Posts that were hidden or taken down, put back ones too, with what was reported of them."""
    moderated = Community.objects.moderated_by(user) if communities is None else communities
    rows = Removal.objects.filter(pk__in=ids, community__in=moderated.values("pk")).exclude(message__author=user)
    titles = conversation_types.titles_from("message__conversation__")
    rows = rows.select_related("community__course", "decided_by", "message__author", "message__conversation", *titles)
    open_ones = Flag.objects.filter(outcome=FlagOutcome.OPEN).select_related("user")
    sent = Prefetch("message__attachments", Attachment.objects.select_related("file"))
    rows = rows.prefetch_related(Prefetch("message__flags", open_ones, to_attr="reports"), sent)
    return [_withheld(row, row.message.reports) for row in rows]  # type: ignore[attr-defined]


def _withheld(removal: Removal, reports: list[Flag]) -> Item:
    name, message = f"removal-{removal.pk}", removal.message
    return Item(name, removal.created, removal.community, message=message, removal=removal, flags=reports)


def flagged_items(user: User, ids: set[int], communities: QuerySet[Community]) -> list[Item]:
    """Reported posts with all their reports, decided ones too."""
    flags = Flag.objects.filter(community__in=communities.values("pk")).select_related(
        "user", "settled_by", "community__course"
    )
    rows = Message.objects.filter(pk__in=ids, flags__isnull=False).exclude(author=user).distinct()
    withheld = Removal.objects.all().standing().select_related("decided_by")
    rows = (
        rows.with_titles()
        .select_related("author")
        .prefetch_related(
            Prefetch("flags", flags, to_attr="reports"), Prefetch("removals", withheld, to_attr="standing"), files()
        )
    )
    return [_reported(message, message.reports) for message in rows if message.reports]  # type: ignore[attr-defined]


def _reported(message: Message, reports: list[Flag]) -> Item:
    open_ones = [flag for flag in reports if flag.outcome == FlagOutcome.OPEN]
    shown = open_ones or reports
    first = shown[0]
    return Item(f"post-{message.pk}", first.created, first.community, message=message, flags=shown)


def with_details(rows: QuerySet[Held]) -> QuerySet[Held]:
    """With what a page shows of them, in a number of queries that doesn't grow."""
    titles = conversation_types.titles_from("conversation__")
    rows = rows.select_related(
        *("community__course", "author", "decided_by", "edits", "reply_to", "message", "conversation", *titles)
    )
    return rows.prefetch_related("attachments__file")


def item_of(held: Held) -> Item:
    """The item of one."""
    return Item(f"held-{held.pk}", held.created, held.community, held)


def communities_of(user: User, names: Collection[str]) -> dict[str, int]:
    """In which communities these items are, as far as this person may decide about them; decided ones too."""
    moderated = Community.objects.moderated_by(user).values("pk")
    ids: dict[str, set[int]] = {}
    for name in filter(is_name, names):
        kind, _, pk = name.partition("-")
        ids.setdefault(kind, set()).add(int(pk))
    found: dict[str, int] = {}
    for kind, pks in ids.items():
        rows, key, own = LOOKED_AT[kind]
        rows = rows.filter(community__in=moderated, **{f"{key}__in": pks}).exclude(**{own: user})
        found |= {f"{kind}-{pk}": community for pk, community in rows.values_list(key, "community")}
    return found


def is_name(name: str) -> bool:
    """Does it name an item?"""
    kind, _, pk = name.partition("-")
    return kind in LOOKED_AT and pk.isascii() and pk.isdigit() and len(pk) < 10


# What an item is found by, and whose it is.
LOOKED_AT: dict[str, tuple[QuerySet[Any], str, str]] = {
    "held": (Held.objects.order_by(), "pk", "author"),
    "post": (Flag.objects.order_by(), "message", "message__author"),
    "removal": (Removal.objects.order_by(), "pk", "message__author"),
}


def waiting_count(user: User, community: Community | None = None) -> int:
    """How much waits for this person in all their communities, or in one."""
    return Queue(user, community).count
