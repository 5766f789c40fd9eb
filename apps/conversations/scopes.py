"""What one person reads of one type of conversation."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from django.db.models import Q, QuerySet


class Named(Protocol):
    """A type of conversation, which knows scopes, by the name that its conversations hold."""

    name: str


class Scope(NamedTuple):
    """What one person reads of a type: the conversations with these ids, and in them these audiences.

    `areas` gives the ids of the areas that hold all of them (Conversation.area), none for a type without areas: when
    it is called, since only searches ask.
    """

    type: Named
    ids: QuerySet[Any, Any]
    audiences: tuple[str, ...]
    areas: Callable[[], QuerySet[Any, int] | tuple[int, ...]] = tuple

    def conversations(self) -> Q:
        """The rule for conversations."""
        return Q(kind=self.type.name, pk__in=self.ids)

    def messages(self) -> Q:
        """The rule for messages."""
        return Q(conversation__kind=self.type.name, conversation__in=self.ids, audience__in=self.audiences)
