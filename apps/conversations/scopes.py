"""What one person reads of one type of conversation."""

from typing import Any, NamedTuple, Protocol

from django.db.models import Q, QuerySet


class Named(Protocol):
    """A type of conversation, which knows scopes, by the name that its conversations hold."""

    name: str


class Scope(NamedTuple):
    """What one person reads of a type: the conversations with these ids, and in them these audiences.

    `areas` are the ids of the areas that hold all of them (Conversation.area); none for a type without areas.
    """

    type: Named
    ids: QuerySet[Any, Any]
    audiences: tuple[str, ...]
    areas: QuerySet[Any, int] | tuple[int, ...] = ()

    def conversations(self) -> Q:
        """The rule for conversations."""
        return Q(kind=self.type.name, pk__in=self.ids)

    def messages(self) -> Q:
        """The rule for messages."""
        return Q(conversation__kind=self.type.name, conversation__in=self.ids, audience__in=self.audiences)
