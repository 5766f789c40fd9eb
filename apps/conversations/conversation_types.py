"""The types of conversation. The engine knows no page and no role: the app that owns a type registers it here."""

from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.conversations.models import Conversation


class ConversationType(Protocol):
    """What a type of conversation decides; `Conversation.type` is the one of its kind."""

    # The relations of Conversation that `title` reads: a list of many fetches them at once.
    title_from: tuple[str, ...]

    def visible_ids(self, user: User) -> QuerySet[Any, Any]:
        """The ids (one column) of the conversations of this type that `user` may read."""

    def audiences(self, user: User) -> tuple[str, ...]:
        """The audiences that `user` reads, and may write for, in a conversation that is visible to them.

        The first is what a message of theirs is for if they don't say.
        """

    def may_post(self, user: User, conversation: Conversation) -> bool:
        """May `user`, who may read it, write in it, as far as its type decides? A lock is the engine's matter."""

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


_types: dict[str, ConversationType] = {}


def register(name: str, conversation_type: ConversationType) -> None:
    """Add a type; called once, when the app that owns it is ready."""
    _types[name] = conversation_type


def get(name: str) -> ConversationType:
    """The type of this name; KeyError if no app has registered it."""
    return _types[name]


def registered() -> Iterable[tuple[str, ConversationType]]:
    """All types by their names, in the order of the apps."""
    return _types.items()
