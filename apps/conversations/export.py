"""A conversation as a file: text or JSON, piece by piece, so that a long one needs no more memory than a short one.

The JSON is one object (UTF-8, RFC 8259):

    format          "homeroom-conversation"
    version         1; a later one may have more keys, never other meanings
    academy         its name
    conversation    {id, kind, title}
    exported        {at, by, time_zone}
    staff_messages  whether team notes are among the messages below
    messages        oldest first, each
        {id, at, author: {id, name, role}, audience: "everyone" | "staff", text, reply_to, edited, deleted, pinned,
         reactions: [{emoji, by}], files: [{name, type, size}]}

Times are ISO 8601 with the offset of `exported.time_zone`, or null; sizes are bytes; `author.id` is null once the
account is gone; `reply_to` is the id of a message. Of a deleted message text, reply_to, reactions and files are null or
empty. What was taken back right after sending is not there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.models import Audience, Conversation, Message, files
from apps.core import formats
from apps.core.formats import file_size
from apps.core.json_stream import json_object

CHUNK = 500
QUOTED = 100


@dataclass(frozen=True)
class Export:
    """What is exported, by whom; `staff` says whether team notes are in it."""

    actor: User
    conversation: Conversation
    staff: bool
    at: datetime = field(default_factory=timezone.now)
    locale: str = field(default_factory=formats.active)
    # Who had it made, where that isn't the one whose eyes it is for.
    asked_by: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The clock that its times are on: the actor's."""
        return ZoneInfo(self.actor.time_zone or settings.TIME_ZONE)

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom its messages are for: never more than the actor reads."""
        readable = self.conversation.type.audiences(self.actor)
        return tuple(audience for audience in readable if self.staff or audience == Audience.EVERYONE)

    @property
    def title(self) -> str:
        """What the conversation is called."""
        return self.conversation.type.title(self.conversation, self.actor) or str(self.conversation)

    @property
    def extent(self) -> str:
        """Which messages are in it, in words that stand at its beginning."""
        if Audience.STAFF not in self.conversation.type.audiences(self.actor):
            return "All messages"
        if self.staff:
            return f"With team notes: {self.conversation.type.team_note_warning}"
        return "Without team notes"

    def local(self, moment: datetime) -> datetime:
        """A moment on the actor's clock."""
        return moment.astimezone(self.zone)

    def written(self, how: Callable[[datetime], str], moment: datetime) -> str:
        """A moment as the actor writes it, by one of `formats`: a file is made when their request is over."""
        with timezone.override(self.zone), formats.reading(self.locale):
            # Marks of direction are for pages; fonts have no picture of them.
            return how(moment).translate(dict.fromkeys([0x2068, 0x2069, 0x200E, 0x200F]))

    def clock(self, moment: datetime) -> str:
        """The time of day, with the zone's name: 05:00 IST."""
        return f"{self.written(formats.clock, moment)} {self.local(moment).tzname()}"

    @property
    def by(self) -> str:
        """The name of whoever had it made."""
        return self.asked_by or self.actor.full_name

    @property
    def made(self) -> str:
        """When it was made: 20 Nov 2026, 14:05 IST."""
        return f"{self.written(formats.day_and_time, self.at)} {self.local(self.at).tzname()}"

    def is_longer_than(self, count: int) -> bool:
        """Whether there are more messages than this."""
        return self._rows()[count : count + 1].exists()

    def count(self) -> int:
        """How many messages there are."""
        return self._rows().count()

    def _rows(self) -> QuerySet[Message]:
        return self.conversation.messages.readable(self.audiences).filter(retracted=False).order_by("key")

    def messages(self) -> Iterator[Message]:
        """The messages, oldest first, fetched CHUNK at a time; what was taken back right after sending left out."""
        rows = self._rows().select_related("reply_to").prefetch_related("reactions__user", files())
        after = 0
        while chunk := list(rows.filter(key__gt=after)[:CHUNK]):
            for message in chunk:
                yield message
                message.let_go()
            after = chunk[-1].key

    def quoted(self, message: Message) -> str:
        """The message that this one replies to, in a line; empty where there is none to be shown."""
        quoted = message.reply_to
        if not quoted or quoted.audience not in self.audiences:
            return ""
        text = "deleted" if quoted.deleted else " ".join(quoted.body.split())
        return f"{quoted.author_name}: {text[:QUOTED] + '…' if len(text) > QUOTED else text or 'File'}"

    def marks(self, message: Message) -> list[str]:
        """What there is to know about a message besides its text."""
        rules = self.conversation.type
        # Whom a student writes to needs no saying; nor does the one audience that there is.
        to = len(self.audiences) > 1 and not rules.is_by_its_subject(message)
        known = [(rules.audience_label(self.conversation, message.audience), to), ("pinned", message.pinned)]
        return [mark for mark, is_so in [*known, ("edited", message.edited and not message.deleted)] if is_so]

    def file_name(self, extension: str) -> str:
        """A name for the file."""
        which = " with team notes" if self.staff else ""
        return f"{self.title}{which} {self.local(self.at):%Y-%m-%d}.{extension}"


def as_json(export: Export) -> Iterator[str]:
    """The JSON of this module's docstring, in pieces."""
    head: dict[str, Any] = {
        "format": "homeroom-conversation",
        "version": 1,
        "academy": settings.ACADEMY_NAME,
        "conversation": {
            "id": export.conversation.pk,
            "kind": export.conversation.kind,
            "title": export.title,
        },
        "exported": {
            "at": _iso(export, export.at),
            "by": export.by,
            "time_zone": export.zone.key,
        },
        "staff_messages": Audience.STAFF in export.audiences,
    }
    rows = (_row(export, message) for message in export.messages())
    return json_object(chain(head.items(), [("messages", rows)]))


def _iso(export: Export, moment: datetime | None) -> str | None:
    return export.local(moment).isoformat() if moment else None


def _row(export: Export, message: Message) -> dict[str, Any]:
    there = not message.deleted
    return {
        "id": message.pk,
        "at": _iso(export, message.created),
        "author": {"id": message.author_id, "name": message.author_name, "role": message.author_role},
        "audience": message.audience,
        "text": message.body if there else None,
        "reply_to": message.reply_to_id if there and export.quoted(message) else None,
        "edited": _iso(export, message.edited),
        "deleted": _iso(export, message.deleted),
        "pinned": _iso(export, message.pinned),
        "reactions": [
            {"emoji": emoji, "by": user.full_name}
            for emoji, users in (message.reaction_groups if there else [])
            for user in users
        ],
        "files": [
            {"name": file.name, "type": file.kind, "size": file.size} for file in (message.files if there else [])
        ],
    }


def as_text(export: Export) -> Iterator[str]:
    """Plain text for people, in pieces: the first lines say what it is, then day by day what was said."""
    yield f"{settings.ACADEMY_NAME}\nConversation: {export.title}\n{export.extent}\n"
    yield f"Exported on {export.made} by {export.by}\n"
    yield f"Times: {export.zone.key}\n"
    day: date | None = None
    for message in export.messages():
        created = export.local(message.created)
        if created.date() != day:
            day = created.date()
            title = export.written(formats.long_day, created)
            yield f"\n\n{title}\n{'-' * len(title)}\n"
        yield "\n" + "\n".join(_lines(export, message, created)) + "\n"
    if day is None:
        yield "\nNo messages.\n"


def _lines(export: Export, message: Message, created: datetime) -> Iterator[str]:
    marks = "".join(f" [{mark}]" for mark in export.marks(message))
    yield f"{export.clock(created)}  {message.author_name} ({message.get_author_role_display()}){marks}"
    if message.deleted:
        yield "    [deleted]"
        return
    if quoted := export.quoted(message):
        yield f"    > {quoted}"
    # Indented, a line that somebody wrote can't pass for a line of ours.
    yield from (f"    {line}" for line in message.body.splitlines())
    for file in message.files:
        yield f"    [file] {file.name} ({file_size(file.size)})"
    for emoji, users in message.reaction_groups:
        yield f"    {emoji} {', '.join(user.full_name for user in users)}"
