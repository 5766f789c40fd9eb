"""What a page needs to show a conversation."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet, Subquery, prefetch_related_objects
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.composing import Choice, choices, notes_read_by
from apps.conversations.conversation_types import Absence
from apps.conversations.cursor import Cursor
from apps.conversations.direct import contacts
from apps.conversations.forms import MessageForm
from apps.conversations.models import Audience, Conversation, Message, MessageQuerySet, parts
from apps.conversations.reading import Reading, reading_of

PAGE = 50
# Catch-up may carry more at once than a page shows: a reader that was away wants all of it.
CATCH_UP = 200


class Place(NamedTuple):
    """Where a page of a thread is: before or after a key, around the message of an id, or (none of them) at the end.

    In a tree of replies these are places, and none of them is its beginning; `branch` is the place of a reply, which
    is shown with those below it alone.
    """

    before: int | str | None = None
    after: int | str | None = None
    around: int | None = None
    branch: str = ""


END = Place()


@dataclass
class Thread:
    """One conversation as one person sees it: a page of its messages, as a rule the newest.

    `older` and `newer` are the keys (in a tree: the places) from which to read on, None where there is nothing.
    """

    conversation: Conversation
    viewer: User
    messages: list[Message]
    cursor: Cursor
    older: int | str | None
    newer: int | str | None
    audiences: tuple[str, ...]
    form: MessageForm
    may_post: bool
    client_key: uuid.UUID = field(default_factory=uuid.uuid4)
    # What others wrote while this person did, where that is asked about.
    unseen: list[Message] = field(default_factory=list)
    branch: str = ""
    # Names in it that reach nobody, where that is asked about.
    unknown_names: list[str] = field(default_factory=list)

    @property
    def channels(self) -> list[str]:
        """The stream channels that carry this conversation to this person."""
        rules = self.conversation.type
        return sorted({rules.channel(self.conversation, audience) for audience in self.audiences})

    @property
    def seen(self) -> int:
        """The key of the newest message when this page was made: it may show the middle of a thread."""
        if self.newer is None and not self.conversation.type.is_tree:
            return self.messages[-1].key if self.messages else 0
        # A page around a message was fetched with it.
        if known := getattr(self.messages[-1], "newest_key", 0) if self.messages else 0:
            return int(known)
        newest = self.conversation.messages.readable(self.audiences).order_by("-key").values_list("key", flat=True)
        return newest.first() or 0

    @property
    def may_export(self) -> bool:
        """May this person take it away as a file?"""
        return policies.can_export(self.viewer, self.conversation)

    @property
    def may_assign(self) -> bool:
        """May this person say whose it is to see to?"""
        return policies.can_assign(self.viewer, self.conversation)

    @property
    def muted_until(self) -> datetime | None:
        """Until when this person hears nothing of it; None if they do."""
        return self.reading.muted_until

    @property
    def title(self) -> str:
        """What this person calls it; empty where it needs no name."""
        return self.conversation.type.title(self.conversation, self.viewer)

    @property
    def empty_text(self) -> str:
        """What stands where there are no messages yet."""
        return self.conversation.type.empty_text(self.conversation, self.viewer)

    @cached_property
    def reading(self) -> Reading:
        """How far this person and the others have read."""
        return reading_of(self.viewer, self.conversation, self.audiences)

    @property
    def rights(self) -> list[str]:
        """What is offered to this person for the messages in it."""
        return policies.rights(self.viewer, self.conversation)

    @property
    def limits(self) -> dict[str, int | str]:
        """For how long one's own messages can be edited (minutes), and their sending undone (seconds)."""
        minutes = self.conversation.type.edit_minutes
        # As the script reads it: a number.
        return {"edit": "Infinity" if minutes is None else minutes, "undo": policies.UNDO_SECONDS}

    @property
    def pins(self) -> list[Message]:
        """What is pinned above it, as far as this person may read it, the last one first."""
        rows = self.conversation.messages.readable(self.audiences).filter(pinned__isnull=False)
        return list(rows.order_by("-pinned", "-key"))

    @cached_property
    def choices(self) -> list[Choice]:
        """Between whom this person chooses to write to; empty where there is no choice."""
        chosen = self.form["audience"].value()
        return choices(self.conversation, self.audiences, chosen) if self.may_post else []

    @property
    def addressee(self) -> str:
        """Whom all that is no team note is written to."""
        return self.conversation.type.addressee(self.conversation)

    @cached_property
    def notes_read_by(self) -> str:
        """How many people read its team notes."""
        return notes_read_by(self.conversation)

    @cached_property
    def absence(self) -> Absence | None:
        """Why the person whom it is about reads nothing yet; for the team."""
        return self.conversation.type.absence(self.conversation, self.viewer) if self.is_team else None

    @property
    def is_team(self) -> bool:
        """Does this person read team notes?"""
        return Audience.STAFF in self.audiences

    @property
    def news_event(self) -> str:
        """The event that says that what is known about the addressee changed: it is called like their channel."""
        return self.conversation.type.channel(self.conversation, Audience.EVERYONE)

    @property
    def may_lock(self) -> bool:
        """May this person close and reopen it?"""
        return policies.can_lock(self.viewer, self.conversation)

    @property
    def keepers(self) -> str:
        """Who can reopen it."""
        return self.conversation.type.keepers(self.conversation, self.viewer)

    @cached_property
    def assigned_contact(self) -> User | None:
        """Whom it is assigned to, where this person can write to them directly."""
        assignee = self.conversation.assignee_id
        return contacts(self.viewer).filter(pk=assignee).first() if assignee and not self.viewer.looked_as else None

    @property
    def placeholders(self) -> list[Message]:
        """A message of the viewer's for each audience, without text: what a page shows of one that is under way."""
        viewer, now = self.viewer, timezone.now()
        written_by = {"author": viewer, "author_name": viewer.full_name, "author_role": viewer.role}
        return [
            Message(conversation=self.conversation, audience=audience, created=now, **written_by)
            for audience in self.audiences
        ]

    @property
    def url(self) -> str:
        """The page where this person reads it beside what it is about."""
        return self.conversation.type.url(self.conversation, self.viewer)


def open_thread(
    viewer: User, conversation: Conversation, place: Place = END, form: MessageForm | None = None, size: int = PAGE
) -> Thread:
    """A conversation that `viewer` may read: its newest messages, or those at another place."""
    audiences = conversation.type.audiences(viewer)
    # The clocks are read first: what is written in between is then newer than the cursor and comes again, never lost.
    cursor = conversation.cursor_for(audiences)
    marked = conversation.type.markdown
    rows = conversation.messages.readable(audiences).for_display(marked=marked)
    order = "place" if conversation.type.is_tree else "key"
    if conversation.type.is_tree:
        rows = rows.standing().below(place.branch)
        place = place._replace(after="") if place[:3] == END[:3] else place
    messages, older, newer = _page(rows, place, size, order, marked=marked) if size else ([], False, False)
    if marked:
        # Nor is one asked for whose Markdown makes no HTML at all.
        messages = [message.hold(mentions=[]) for message in messages]
    return Thread(
        conversation=conversation,
        viewer=viewer,
        messages=messages,
        cursor=cursor,
        older=getattr(messages[0], order) if messages and older else None,
        newer=getattr(messages[-1], order) if messages and newer else None,
        audiences=audiences,
        form=form or MessageForm(audiences=audiences, most=conversation.type.max_body),
        may_post=policies.can_post(viewer, conversation),
        branch=place.branch,
    )


def position(conversation: Conversation, text: str) -> int | str:
    """From where to read on in a conversation, as an address has it: the key of a message, in a tree its place.

    Raises ValueError for anything that can't be one.
    """
    if not conversation.type.is_tree:
        return number(text)
    if not re.fullmatch(r"\d{5}(a\d{5}){0,60}", text, re.ASCII):
        raise ValueError("A message has a place.")
    return text


def number(text: str) -> int:
    """The id or the key of a message, as an address has it; raises ValueError for anything that can't be one."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise ValueError("A message has a number.")
    return int(text)


def _page(
    rows: MessageQuerySet, place: Place, size: int, order: str = "key", *, marked: bool = False
) -> tuple[list[Message], bool, bool]:
    """Messages in order, whether there are older ones, whether there are newer ones."""
    back, later, not_later, earlier = f"-{order}", f"{order}__gt", f"{order}__lte", f"{order}__lt"
    if place.after is not None:
        newer = list(rows.filter(**{later: place.after}).order_by(order)[: size + 1])
        return newer[:size], place.after != "", len(newer) > size
    if place.around is not None:
        half, bare = size // 2, rows.prefetch_related(None)
        middle = Subquery(rows.filter(pk=place.around).order_by().values(order)[:1])
        newest = Subquery(rows.order_by("-key").values("key")[:1])
        newer = list(bare.filter(**{later: middle}).annotate(newest_key=newest).order_by(order)[: half + 1])
        older = list(bare.filter(**{not_later: middle}).order_by(back)[: half + 1])
        # Of what can't be read (there) nothing is around: the end is shown.
        if older:
            messages = older[:half][::-1] + newer[:half]
            prefetch_related_objects(messages, *parts(marked=marked))  # Once for both halves.
            return messages, len(older) > half, len(newer) > half
    older = list((rows if place.before is None else rows.filter(**{earlier: place.before})).order_by(back)[: size + 1])
    return older[:size][::-1], len(older) > size, place.before is not None


@dataclass
class CatchUp:
    """What changed after a cursor: the next piece of it, where that leaves the reader, and whether there is more."""

    messages: list[Message]
    cursor: Cursor
    complete: bool


def catch_up(viewer: User, conversation: Conversation, after: Cursor) -> CatchUp:
    """The changes that `viewer` missed, edits and deletions included, oldest first on each clock."""
    audiences = conversation.type.audiences(viewer)
    now = conversation.cursor_for(audiences)
    after = Cursor(after.everyone, (after.staff or 0) if now.staff is not None else None)
    messages, reached = [], list(now)
    for index, (audience, seen) in enumerate(zip((Audience.EVERYONE, Audience.STAFF), after, strict=True)):
        if seen is None:
            continue
        rows = list(_newer(conversation, audience, seen))
        messages += rows
        if len(rows) == CATCH_UP:
            reached[index] = rows[-1].version
    cursor = Cursor(*reached)  # type: ignore[arg-type]
    return CatchUp(sorted(messages, key=lambda message: message.key), cursor, complete=cursor == now)


def _newer(conversation: Conversation, audience: str, seen: int) -> QuerySet[Message]:
    rows = conversation.messages.filter(audience=audience, version__gt=seen)
    return rows.for_display().order_by("version")[:CATCH_UP]
