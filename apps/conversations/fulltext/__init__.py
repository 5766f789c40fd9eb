"""The index that finds messages by their words. The database itself keeps it, by triggers, whoever writes.

It holds no message that is deleted. Each entry has, besides the words, names of who may read it (`conversation_scope`,
`area_scope`, `kind_scope`), so that what somebody may not read is left out inside the index: a search neither
gets slower by it nor tells of it.

An entry's number is its `place`: the second that the message was written in and its id, so that entries lie in the
order of time and a search can stop at the first page.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.conversations.fulltext.words import Query

# 2^20 microseconds, about a second, and room for 10^9 messages; together below 2^63 until the year 2255.
PLACE = "(((key >> 20) << 30) | (id & 1073741823))"
ID_BITS = 30


def id_at(place: int) -> int:
    """The id of the message at a place."""
    return place & ((1 << ID_BITS) - 1)


def conversation_scope(conversation_id: int, audience: str) -> str:
    """The name that all messages of one conversation for one audience have in the index."""
    return f"c{conversation_id}{audience}"


def area_scope(kind: str, area: int, audience: str) -> str:
    """The name that all messages of one area's conversations of one kind for one audience have in the index."""
    return f"a{kind}{area}{audience}"


def kind_scope(kind: str, audience: str) -> str:
    """The name that all messages of one kind of conversation for one audience have in the index."""
    return f"k{kind}{audience}"


class Index(Protocol):
    """What a database's full text does for us."""

    def create(self, connection: BaseDatabaseWrapper) -> None:
        """Make it, with all messages that there are."""

    def drop(self, connection: BaseDatabaseWrapper) -> None:
        """Remove it and all that keeps it."""

    def name_areas(self, connection: BaseDatabaseWrapper) -> None:
        """Give entries the name of their conversation's area, where it has been given one."""

    def ensure(self, connection: BaseDatabaseWrapper) -> None:
        """Put right what a migration of the messages' table may have taken away."""

    def places(
        self, connection: BaseDatabaseWrapper, query: Query, scopes: Sequence[str], before: int | None, limit: int
    ) -> list[int]:
        """The places of the newest messages that match and have one of these names, newest first."""


def index_of(connection: BaseDatabaseWrapper) -> Index:
    """The one for this database."""
    if connection.vendor == "postgresql":
        from apps.conversations.fulltext import postgresql

        return postgresql
    from apps.conversations.fulltext import sqlite

    return sqlite


def has_areas(connection: BaseDatabaseWrapper) -> bool:
    """Do conversations have areas already? Before their migration the index is made without."""
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, "conversations_conversation")
    return any(column.name == "area" for column in table)


def create(_apps: Any, schema_editor: Any) -> None:
    """For a migration: make the index."""
    index_of(schema_editor.connection).create(schema_editor.connection)


def name_areas(_apps: Any, schema_editor: Any) -> None:
    """For a migration: name the areas of the conversations that have been given one."""
    index_of(schema_editor.connection).name_areas(schema_editor.connection)


def drop(_apps: Any, schema_editor: Any) -> None:
    """For a migration: remove the index."""
    index_of(schema_editor.connection).drop(schema_editor.connection)
