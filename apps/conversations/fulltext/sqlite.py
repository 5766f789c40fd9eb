"""Full text in SQLite: FTS5 (https://www.sqlite.org/fts5.html), without a copy of the texts."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.conversations.fulltext import has_areas
from apps.conversations.fulltext.words import Query, Term

TABLE = "conversations_message"
INDEX = "conversations_message_fts"
TRIGGERS = ("message_fts_insert", "message_fts_delete", "message_fts_update")
EVENTS = ("AFTER INSERT", "AFTER DELETE", "AFTER UPDATE OF id, key, conversation_id, audience, body, deleted")

# Marks belong to the words that they stand on: without M* the vowels of Devanagari would end them.
CREATE = f"""CREATE VIRTUAL TABLE {INDEX} USING fts5(
    scope, body, content='', columnsize=0, prefix='2 3',
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
)"""

# The characters of words.ALONE, which stand without spaces: each becomes a word.
_CJK = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_SPACED = f"""CASE WHEN ROW.body GLOB '*{_CJK}*' THEN (
    WITH RECURSIVE spaced(at, text) AS (
        SELECT 1, ''
        UNION ALL
        SELECT at + 1, text || CASE WHEN substr(ROW.body, at, 1) GLOB '{_CJK}'
            THEN ' ' || substr(ROW.body, at, 1) || ' ' ELSE substr(ROW.body, at, 1) END
        FROM spaced WHERE at <= length(ROW.body)
    ) SELECT text FROM spaced ORDER BY at DESC LIMIT 1
) ELSE ROW.body END"""
_AREA = " || CASE WHEN area IS NULL THEN '' ELSE ' a' || kind || area || ROW.audience END"
_ENTRY = (
    "((ROW.key >> 20) << 30) | (ROW.id & 1073741823),"
    " (SELECT 'c' || ROW.conversation_id || ROW.audience || ' k' || kind || ROW.audience{area}"
    f" FROM conversations_conversation WHERE id = ROW.conversation_id), {_SPACED}"
)


def create(connection: BaseDatabaseWrapper) -> None:
    """Make it, with all messages that there are."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
    _fill(connection)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove it and all that keeps it."""
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")


def ensure(connection: BaseDatabaseWrapper) -> None:
    """A migration that alters the messages' table makes it anew, without its triggers: put them back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE name = %s OR (type = 'trigger' AND tbl_name = %s)", [INDEX, TABLE]
        )
        found = {name for (name,) in cursor.fetchall()}
    if INDEX in found and not found.issuperset(TRIGGERS):
        _fill(connection)


def _fill(connection: BaseDatabaseWrapper) -> None:
    entry = _ENTRY.replace("{area}", _AREA if has_areas(connection) else "")
    new, old, each = (entry.replace("ROW", row) for row in ("NEW", "OLD", TABLE))
    add = f"INSERT INTO {INDEX}(rowid, scope, body) SELECT {new} WHERE NEW.deleted IS NULL;"
    remove = f"INSERT INTO {INDEX}({INDEX}, rowid, scope, body) SELECT 'delete', {old} WHERE OLD.deleted IS NULL;"
    changes = zip(TRIGGERS, EVENTS, (add, remove, remove + add), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('delete-all')")
        for name, event, change in changes:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(f"CREATE TRIGGER {name} {event} ON {TABLE} BEGIN {change} END")
        cursor.execute(f"INSERT INTO {INDEX}(rowid, scope, body) SELECT {each} FROM {TABLE} WHERE deleted IS NULL")


def name_areas(connection: BaseDatabaseWrapper) -> None:
    """Give entries the name of their conversation's area: an entry can be changed only by who knows all of it."""
    _fill(connection)


def places(
    connection: BaseDatabaseWrapper, query: Query, scopes: Sequence[str], before: int | None, limit: int
) -> list[int]:
    """The places of the newest messages that match and have one of these names, newest first.

    FTS5 walks its lists from the newest entry back and stops at the limit; lists are leapt over, not read.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid < %s ORDER BY rowid DESC LIMIT %s",
            [expression(query, scopes), 2**63 - 1 if before is None else before, limit],
        )
        return [place for (place,) in cursor.fetchall()]


def expression(query: Query, scopes: Sequence[str]) -> str:
    """The query in FTS5's language; each word is quoted, so that none of it is an operator."""
    readable = " OR ".join(f'"{scope}"' for scope in scopes)
    wanted = " AND ".join(f"body : {_phrase(term)}" for term in query.wanted)
    found = f"scope : ({readable}) AND {wanted}"
    unwanted = " OR ".join(f"body : {_phrase(term)}" for term in query.unwanted)
    return f"({found}) NOT ({unwanted})" if unwanted else found


def _phrase(term: Term) -> str:
    # A word has letters and digits alone (words.words), never a quote.
    return f'"{" ".join(term.words)}"{" *" if term.prefix else ""}'
