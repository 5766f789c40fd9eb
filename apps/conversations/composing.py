"""What the composer says of whom a message is for."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.conversations.audience import Audience, placeholder, read_by, send_label
from apps.conversations.models import Conversation

MOST_NAMED = 100
_ICONS = {Audience.STAFF: "lock", Audience.EVERYONE: "globe"}


class Choice(NamedTuple):
    """An audience that somebody can write for, in words; `chosen` says that a message is for it if they say nothing."""

    audience: str
    label: str
    placeholder: str
    send: str
    icon: str
    chosen: bool


def choices(conversation: Conversation, audiences: Collection[str], chosen: str | None) -> list[Choice]:
    """The audiences to choose from, the team first; none where there is but one."""
    if len(audiences) < 2:
        return []
    name = conversation.type.addressee(conversation)
    first = chosen if chosen in audiences else next(iter(audiences))
    return [
        Choice(
            each.value,
            conversation.type.audience_label(conversation, each),
            placeholder(each, name),
            send_label(each, name),
            _ICONS[each],
            each.value == first,
        )
        for each in Audience
        if each in audiences
    ]


def readers_of_notes(conversation: Conversation) -> QuerySet[User]:
    """Who reads the team notes of a conversation now."""
    return conversation.type.readers(conversation, Audience.STAFF).distinct()


def notes_read_by(conversation: Conversation) -> str:
    """How many people that is, in words."""
    return read_by(readers_of_notes(conversation).count())


class Readers(NamedTuple):
    """Who reads the team notes of a conversation, by name: the first MOST_NAMED, how many more, and how many in all."""

    people: list[User]
    more: int
    read_by: str


def readers(conversation: Conversation) -> Readers:
    """The names behind the number, in one query as a rule."""
    found = readers_of_notes(conversation).order_by("given_name", "family_name", "pk")
    people = list(found[: MOST_NAMED + 1])
    count = len(people) if len(people) <= MOST_NAMED else found.count()
    return Readers(people[:MOST_NAMED], count - len(people[:MOST_NAMED]), read_by(count))
