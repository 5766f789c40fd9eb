"""How far people have read: what a page shows of it, and who is told when it changes.

A person's watermark may stand on a team note. What readers of an audience learn is where it stands
among the messages of that audience, so that a student's page can't tell that staff wrote or read anything else.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts.models import User
from apps.conversations.models import MAX_UNREAD, Conversation, Message, Participant
from apps.realtime.paced import Paced
from apps.realtime.publish import event, publish

# Of a crowd those who have read most: that somebody has read a message is known from them.
MAX_MARKS = 50
PUSH_SECONDS = 1.0


class Mark(NamedTuple):
    """How far a person has come among the messages of one audience: keys, 0 for not at all."""

    user_id: int
    name: str
    side: str
    read: int
    delivered: int


class Marks(NamedTuple):
    """The marks of one audience's readers, as `_positions.html` shows them."""

    audience: str
    people: list[Mark]


def marks(conversation: Conversation, audience: str) -> Marks:
    """Those of who may read this audience and doesn't hide it; the furthest first, MAX_MARKS at most."""
    rules = conversation.type
    readers = rules.readers(conversation, audience).filter(hides_reading=False)
    rows = (
        Participant.objects.filter(conversation=conversation, user__in=readers.values("pk"))
        .annotate(
            read_here=_newest(conversation, audience, "last_read"),
            delivered_here=_newest(conversation, audience, "delivered"),
        )
        .exclude(delivered_here=None)
        .select_related("user")
        .order_by(F("read_here").desc(nulls_last=True), F("delivered_here").desc(), "user_id")[:MAX_MARKS]
    )
    return Marks(
        audience,
        [
            Mark(row.user_id, row.user.full_name, rules.side(row.user), row.read_here or 0, row.delivered_here)  # type: ignore[attr-defined]
            for row in rows
        ],
    )


def _newest(conversation: Conversation, audience: str, mark: str) -> Subquery:
    """The key of the newest message of an audience that isn't after a watermark."""
    messages = Message.objects.filter(conversation=conversation, audience=audience, key__lte=OuterRef(mark))
    return Subquery(messages.order_by("-key").values("key")[:1])


class Reading(NamedTuple):
    """What the page of one person needs: their own watermark as it was, their side, and the others' marks."""

    read: int
    side: str
    marks: list[Marks]
    shows_presence: bool
    muted_until: datetime | None = None


def reading_of(viewer: User, conversation: Conversation, audiences: Iterable[str]) -> Reading:
    """A conversation as `viewer` has read it; who hides what they read doesn't see what others do."""
    mine = Participant.objects.filter(conversation=conversation, user=viewer).first()
    hidden = viewer.hides_reading or not conversation.type.shows_reading
    shown = [] if hidden else [marks(conversation, audience) for audience in audiences]
    muted = mine.muted_until if mine and mine.muted_until and mine.muted_until > timezone.now() else None
    side, shows = conversation.type.side(viewer), not viewer.hides_presence
    return Reading(mine.last_read if mine else 0, side, shown, shows, muted)


def positions_changed(conversation: Conversation, audiences: Collection[str]) -> None:
    """Have the pages of these audiences draw their ticks anew; once a second and conversation at most."""
    for audience in audiences if conversation.type.shows_reading else ():
        _pushes.soon((conversation.pk, audience))


def _push(key: tuple[int, str]) -> None:
    conversation = Conversation.objects.filter(pk=key[0]).first()
    if conversation:
        context = {"conversation": conversation, "marks": marks(conversation, key[1])}
        html = render_to_string("conversations/_positions_push.html", context)
        publish(conversation.type.channel(conversation, key[1]), html)


_pushes: Paced[tuple[int, str]] = Paced(PUSH_SECONDS, _push)


def unread_changed(user: User, conversation: Conversation) -> None:
    """This person has read on: their other pages, on whatever device, count again."""
    event(f"user-{user.pk}", "unread", {"conversation": conversation.pk})


def unread_counts(user: User, conversation_ids: Collection[int], kind: str = "") -> dict[int, int]:
    """Unread messages of `user` by conversation id, for conversations of one kind.

    One query; conversations that they can't see are left out.
    """
    rows = Conversation.objects.visible_to(user, kind).filter(pk__in=conversation_ids).with_unread_for(user, kind)
    return {row.pk: row.unread for row in rows}


def unread_label(count: int) -> str:
    """The number on a badge; empty for none."""
    if not count:
        return ""
    return f"{MAX_UNREAD - 1}+" if count >= MAX_UNREAD else str(count)
