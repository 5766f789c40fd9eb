"""Full text in PostgreSQL: a tsvector with a GIN index (https://www.postgresql.org/docs/current/textsearch.html)."""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.conversations.fulltext import has_areas
from apps.conversations.fulltext.words import Query, Term

TABLE = "conversations_message"
CONFIGURATION = "homeroom_words"
PLACE = "(((key >> 20) << 30) | (id & 1073741823))"
# Up to so many matches are fetched and sorted; of more, the newest are soon met going back in time.
FEW = 20_000

# PostgreSQL would take and/or for a file, a.b for a host, -3 for a number: here a word is letters and digits. The
# characters of words.ALONE stand without spaces: each becomes a word. A name of who may read begins with "=", which no
# word does.
FUNCTION = """CREATE OR REPLACE FUNCTION {schema}.homeroom_message_search() RETURNS trigger LANGUAGE plpgsql
AS $function$
DECLARE
    kind text;
    area bigint;
BEGIN
    SELECT c.kind, {area} INTO kind, area FROM {schema}.conversations_conversation AS c
    WHERE c.id = NEW.conversation_id;
    NEW.search := CASE WHEN NEW.deleted IS NULL THEN
        array_to_tsvector(ARRAY[
            '=c' || NEW.conversation_id || NEW.audience,
            '=k' || kind || NEW.audience
        ] || CASE WHEN area IS NOT NULL THEN ARRAY['=a' || kind || area || NEW.audience] END)
        || to_tsvector('{schema}.homeroom_words', regexp_replace(
            translate(normalize(NEW.body, NFC), $$!"#$%&'()*+,-./:;<=>?@[\\]^_`{{|}}~$$, repeat(' ', 32)),
            '([\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff])', ' \\1 ', 'g'
        ))
    END;
    RETURN NEW;
END
$function$"""


def create(connection: BaseDatabaseWrapper) -> None:
    """Make it, with all messages that there are."""
    with connection.cursor() as cursor:
        schema = _schema(cursor)
        _configure(cursor, schema, connection.alias)
        cursor.execute(f"ALTER TABLE {TABLE} ADD COLUMN search tsvector")
        cursor.execute(_function(connection, schema))
        cursor.execute(
            "CREATE TRIGGER message_search BEFORE INSERT OR UPDATE OF key, conversation_id, audience, body, deleted"
            f" ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {schema}.homeroom_message_search()"
        )
        cursor.execute(f"UPDATE {TABLE} SET body = body")
        # What was just written waits in a list that each search reads: kept short.
        cursor.execute(f"CREATE INDEX message_search ON {TABLE} USING gin (search) WITH (gin_pending_list_limit = 512)")
        cursor.execute(f"CREATE INDEX message_place ON {TABLE} ({PLACE}) WHERE deleted IS NULL")


def _schema(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_schema())")
    return str(cursor.fetchone()[0])


def _function(connection: BaseDatabaseWrapper, schema: str) -> str:
    return FUNCTION.format(schema=schema, area="c.area" if has_areas(connection) else "NULL")


def name_areas(connection: BaseDatabaseWrapper) -> None:
    """Give entries the name of their conversation's area, where it has been given one."""
    with connection.cursor() as cursor:
        cursor.execute(_function(connection, _schema(cursor)))
        cursor.execute(
            f"UPDATE {TABLE} SET body = body WHERE deleted IS NULL AND conversation_id IN"
            " (SELECT id FROM conversations_conversation WHERE area IS NOT NULL)"
        )


def _configure(cursor: Any, schema: str, alias: str) -> None:
    """Words as they are, without case; without accents too, where the extension may be made."""
    cursor.execute(f"CREATE TEXT SEARCH CONFIGURATION {schema}.{CONFIGURATION} (COPY = pg_catalog.simple)")
    try:
        with transaction.atomic(using=alias):
            cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            cursor.execute(
                f"ALTER TEXT SEARCH CONFIGURATION {schema}.{CONFIGURATION}"
                " ALTER MAPPING FOR word, numword, hword, numhword, hword_part, hword_numpart WITH unaccent, simple"
            )
    except DatabaseError:
        return


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove it and all that keeps it; the extension stays, others may use it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS message_search ON {TABLE}")
        cursor.execute("DROP FUNCTION IF EXISTS homeroom_message_search()")
        cursor.execute("DROP INDEX IF EXISTS message_place")
        cursor.execute(f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS search")
        cursor.execute(f"DROP TEXT SEARCH CONFIGURATION IF EXISTS {CONFIGURATION}")


def ensure(connection: BaseDatabaseWrapper) -> None:
    """A migration alters the table as it is: nothing to put right."""


def places(
    connection: BaseDatabaseWrapper, query: Query, scopes: Sequence[str], before: int | None, limit: int
) -> list[int]:
    """The places of the newest messages that match and have one of these names, newest first."""
    words, values = expression(query, scopes)
    where = f"deleted IS NULL AND search @@ ({words}) AND {PLACE} < %s"
    values.append(2**63 - 1 if before is None else before)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # The planner guesses how many there are; the index knows. It takes a scan of all for cheap, and may be far off.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"WITH found AS MATERIALIZED (SELECT {PLACE} AS place FROM {TABLE} WHERE {where} LIMIT %s)"
            " SELECT place, (SELECT count(*) FROM found) FROM found ORDER BY place DESC LIMIT %s",
            [*values, FEW + 1, limit],
        )
        rows = cursor.fetchall()
        if rows and rows[0][1] > FEW:
            cursor.execute(
                f"SELECT {PLACE} AS place FROM {TABLE} WHERE {where} ORDER BY place DESC LIMIT %s", [*values, limit]
            )
            rows = cursor.fetchall()
    return [row[0] for row in rows]


def expression(query: Query, scopes: Sequence[str]) -> tuple[str, list[Any]]:
    """The query as a tsquery in SQL, and what belongs into its places."""
    parts, values = ["%s::tsquery"], [" | ".join(f"'={scope}'" for scope in scopes)]
    for operator, terms in (("&&", query.wanted), ("&& !!", query.unwanted)):
        for term in terms:
            parts.append(f"{operator} to_tsquery('{CONFIGURATION}', %s)")
            values.append(_phrase(term))
    return " ".join(parts), values


def _phrase(term: Term) -> str:
    # A word has letters and digits alone (words.words), never a quote.
    return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.prefix else "")
