"""The kinds of conversation. The engine knows kinds, not pages: the app that owns a kind registers its rules here."""

from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.conversations.models import Conversation


class ConversationKind(Protocol):
    """What the owner of a kind decides."""

    # The relations of Conversation that `title` reads: a list of many fetches them at once.
    title_from: tuple[str, ...]

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The ids (one column) of the conversations of this kind that `user` may read."""

    def audiences(self, user: User) -> tuple[str, ...]:
        """The audiences that `user` reads, and may write for, in a conversation that is visible to them.

        The first is what a message of theirs is for if they don't say.
        """

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """May `user`, who may read it, write in it, as far as this kind decides? A lock is the engine's matter."""

    def readers(self, conversation: Conversation, audience: str) -> QuerySet[User]:
        """Everyone who may read this audience here: who can be mentioned, whether they take part yet or not."""

    def channel(self, conversation: Conversation, audience: str) -> str:
        """The stream channel that carries changes for this audience."""

    def followers(
        self, conversation: Conversation, audience: str, after: int = 0, most: int | None = None
    ) -> list[int]:
        """The ids of who takes part and may read this audience: they are told of a message wherever they look.

        In order, those greater than `after`, `most` of them at most.
        """

    def title(self, conversation: Conversation, viewer: User | None = None) -> str:
        """What `viewer` calls it, empty where it needs no name; without a viewer, what it is called in the admin."""

    def url(self, conversation: Conversation, user: User) -> str:
        """The page where `user` reads it."""

    def counterpart(self, conversation: Conversation, viewer: User) -> User | None:
        """The one person whom `viewer` talks to here, if there is one: it is worth a line when they were last here."""

    def side(self, user: User) -> str:
        """Who is one party here: a message that is for everyone was read once somebody of another party has read it."""


_kinds: dict[str, ConversationKind] = {}


def register(name: str, kind: ConversationKind) -> None:
    """Say who owns a kind; called once, when the owning app is ready."""
    _kinds[name] = kind


def get(name: str) -> ConversationKind:
    """The rules of a kind; KeyError if no app owns it."""
    return _kinds[name]


def registered() -> Iterable[tuple[str, ConversationKind]]:
    """All kinds that an app owns."""
    return _kinds.items()
