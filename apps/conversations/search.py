"""Finding messages by their words, among those that a person may read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from django.db import connection
from django.db.models import CharField, Q, QuerySet, Value

from apps.accounts.models import User
from apps.conversations import conversation_types
from apps.conversations.fulltext import area_scope, conversation_scope, id_at, index_of, kind_scope
from apps.conversations.fulltext.words import Excerpt, Query, excerpt, parse
from apps.conversations.models import Conversation, Message
from apps.conversations.scopes import Scope

PAGE = 30
# Of whoever reads more conversations of a kind than this, the index knows areas, or with more areas than that the kind
# alone, and each hit is held against the rule.
MAX_NAMED = 1_000
MAX_AREAS = 100
# How many hits are looked at in one go, where some may not be this person's to see.
CHUNK = 500


@dataclass(frozen=True)
class Hit:
    """A message that was found: what its conversation is called, for whom it is, and the part of its text that matches.

    `to` is empty where that needs no saying: the reader knows one audience, or the message is by who it is about.
    """

    message: Message
    title: str
    to: str
    excerpt: Excerpt


@dataclass(frozen=True)
class Results:
    """A page of hits, newest first. `before` asks for the next one; None where there is none."""

    text: str
    query: Query
    hits: list[Hit]
    before: int | None


def search(
    user: User,
    text: str,
    conversation: Conversation | None = None,
    before: int | None = None,
    scopes: Sequence[Scope] | None = None,
) -> Results:
    """The newest messages that match what was typed (see fulltext.words), as far as `user` may read them.

    In one conversation, which the caller has found to be visible to `user`, in all that are, or in these `scopes` of
    theirs. `before` is where the page before this one ended. What was deleted is not found.
    """
    query = parse(text)
    if not query:
        return Results(text, query, [], None)
    reach = _Reach.of(conversation_types.readable(user) if scopes is None else scopes, conversation)
    found = list(islice(_found(query, reach, before), PAGE + 1))
    hits = [
        Hit(message, _title(message, user), _to(message, user), excerpt(message.plain, query))
        for message in found[:PAGE]
    ]
    more = len(found) > PAGE
    return Results(text, query, hits, found[PAGE - 1].found_at if more else None)  # type: ignore[attr-defined]


def _title(message: Message, user: User) -> str:
    return message.conversation.type.title(message.conversation, user)


def _to(message: Message, user: User) -> str:
    rules = message.conversation.type
    if len(rules.audiences(user)) < 2 or rules.is_by_its_subject(message):
        return ""
    return rules.audience_label(message.conversation, message.audience)


@dataclass(frozen=True)
class _Reach:
    """What somebody may read: its names in the index, and the rule that each hit is held against all the same."""

    names: list[str]
    rule: Q

    @classmethod
    def of(cls, scopes: Sequence[Scope], conversation: Conversation | None) -> "_Reach":
        names: list[str] = []
        rule = Q(pk__in=[])
        if conversation is not None:
            scopes = [scope for scope in scopes if scope.type.name == conversation.kind]
            ids = {conversation.kind: [conversation.pk]}
        else:
            ids = _ids(scopes)
        for scope in scopes:
            found = ids.get(scope.type.name, [])
            if len(found) <= MAX_NAMED:
                names += [conversation_scope(pk, audience) for pk in found for audience in scope.audiences]
            else:
                names += _wide_names(scope)
            rule |= scope.messages()
        return cls(names, rule)


def _wide_names(scope: Scope) -> list[str]:
    """The names of the areas that hold these conversations, or of their kind."""
    kind = scope.type.name
    areas = list(scope.areas()[: MAX_AREAS + 1])
    if 0 < len(areas) <= MAX_AREAS:
        return [area_scope(kind, area, audience) for area in areas for audience in scope.audiences]
    return [kind_scope(kind, audience) for audience in scope.audiences]


def _ids(scopes: Sequence[Scope]) -> dict[str, list[int]]:
    """The ids of the conversations of each type, MAX_NAMED and one more at most; in one query if it can be asked so."""
    rows = [
        scope.ids.order_by().annotate(found_as=Value(scope.type.name, CharField()))[: MAX_NAMED + 1] for scope in scopes
    ]
    if rows and connection.features.supports_slicing_ordering_in_compound:
        rows = [rows[0].union(*rows[1:], all=True).order_by()]
    ids: dict[str, list[int]] = {}
    for pk, name in (tuple(row.values()) for each in rows for row in each):
        ids.setdefault(name, []).append(pk)
    return ids


def _found(query: Query, reach: _Reach, before: int | None) -> Iterator[Message]:
    """The hits, newest first."""
    index, wanted = index_of(connection), PAGE + 1
    while reach.names:
        places = index.places(connection, query, reach.names, before, wanted)
        by_id = {id_at(place): place for place in places}
        messages = []
        for message in _read(reach, by_id):
            message.found_at = by_id[message.pk]  # type: ignore[attr-defined]
            messages.append(message)
        yield from sorted(messages, key=attrgetter("found_at"), reverse=True)
        if len(places) < wanted:
            return
        before, wanted = places[-1], CHUNK


def _read(reach: _Reach, ids: dict[int, int]) -> QuerySet[Message]:
    return Message.objects.filter(reach.rule, pk__in=ids, deleted=None).with_titles()
