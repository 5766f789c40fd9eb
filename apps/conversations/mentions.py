"""Who is named in a message: `@Given Family`, as the composer completes it or as somebody typed it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import or_

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat

from apps.accounts.models import User
from apps.conversations.models import Conversation, Mention, Message
from apps.core import links
from apps.core.finding import matching, typed

# An at sign at the beginning of a word; an address (ada@example.com) isn't one. Chinese and Japanese leave no spaces.
AT = re.compile(r"(?<![^\W\u3040-\u30ff\u3400-\u9fff])(?<![.@/])@(?=['’]?\w)")
FIRST_LETTERS = re.compile(r"['’]?\w+")
# What goes on with one of these is another word: "@Ada" isn't meant by "@Adam", "@Ada-Marie" or "@ada.net".
GOES_ON = re.compile(r"\w|[-.@]\w")
# As Markdown has it.
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
MAX_MENTIONS = 20
# In how many places names are marked: each is compared with each person, for every reader anew.
MAX_MARKED = 100
MAX_PEOPLE = 8
MAX_NAME = 201


def mentioned(message: Message) -> dict[int, str]:
    """The people whom the text names and who may read it: their id and the name as it stands there.

    Names are compared without case. Of several people who are called so, each is meant; of "Ada" and "Ada Lovelace",
    the longer name. The first MAX_MENTIONS places count, and as many people.
    """
    starts = list(_places(message.body))[:MAX_MENTIONS]
    if not starts:
        return {}
    candidates = _called(
        message.body, starts, message.conversation.type.readers(message.conversation, message.audience)
    )
    people: dict[int, str] = {}
    for start in starts:
        lengths = {user.pk: _length(message.body, start, user.full_name) for user in candidates}
        longest = max(lengths.values(), default=0)
        meant = [pk for pk, length in lengths.items() if length and length == longest]
        people |= dict.fromkeys(meant, message.body[start : start + longest])
    return dict(list(people.items())[:MAX_MENTIONS])


def unknown(body: str, readers: QuerySet[User]) -> list[str]:
    """The first words of what the text names like people (`@Ana`), and which isn't the name of a reader.

    Says the same of somebody who doesn't read it and of nobody. What stands in code is no name.
    """
    starts = list(_places(CODE.sub(lambda code: " " * len(code[0]), body)))[:MAX_MENTIONS]
    if not starts:
        return []
    candidates = _called(body, starts, readers)
    named = {start for start in starts if any(_length(body, start, user.full_name) for user in candidates)}
    words = [match[0] for start in starts if start not in named and (match := FIRST_LETTERS.match(body, start))]
    return list(dict.fromkeys(f"@{word}" for word in words))


def spans(body: str, mentions: Iterable[Mention]) -> Iterator[tuple[int, int, list[int]]]:
    """Where the text names these people: start (at the sign), end, and the ids of who is meant there."""
    mentions = list(mentions)
    for start in islice(_places(body), MAX_MARKED) if mentions else ():
        lengths = [_length(body, start, mention.text) for mention in mentions]
        if longest := max(lengths):
            meant = [m.user_id for m, length in zip(mentions, lengths, strict=True) if length == longest]
            yield start - 1, start + longest, sorted(meant)


def store(message: Message) -> list[int]:
    """Keep who is named in a message that is being written; the ids of those who were not named before."""
    people = mentioned(message)
    known = {} if message.edited is None else {mention.user_id: mention for mention in message.mentions.all()}
    for user_id, mention in known.items():
        if user_id not in people:
            mention.delete()
        elif mention.text != people[user_id]:
            mention.text = people[user_id]
            mention.save(update_fields=["text"])
    fresh = [Mention(message=message, user_id=pk, text=name) for pk, name in people.items() if pk not in known]
    if fresh:
        Mention.objects.bulk_create(fresh)
    if message.edited is None:
        message.hold(mentions=fresh)
    return [mention.user_id for mention in fresh]


def complete(conversation: Conversation, audience: str, text: str, viewer: User) -> QuerySet[User]:
    """All who may read this audience and whose given, family or full name begins with `text`."""
    begun = typed(text, MAX_NAME)
    readers = conversation.type.readers(conversation, audience).exclude(pk=viewer.pk)
    if not begun:
        return readers.none()
    named = readers.alias(name=Concat("given_name", Value(" "), "family_name"))
    called = matching(begun, "given_name", "family_name", "name", lookup="istartswith")
    return named.filter(called).distinct().order_by("given_name", "family_name", "pk")


def _called(body: str, starts: list[int], readers: QuerySet[User]) -> list[User]:
    """The readers whose given name begins with the word at one of these places."""
    beginnings = [unicodedata.normalize("NFC", body[start : start + MAX_NAME]) for start in starts]
    words = {match[0] for beginning in beginnings if (match := FIRST_LETTERS.match(beginning))}
    called = reduce(or_, [matching(word, "given_name", lookup="istartswith") for word in words])
    return list(readers.filter(called).distinct().order_by("pk"))


def _places(body: str) -> Iterator[int]:
    """Where names may begin, just after their signs; not in a link."""
    inside = [(link.start, link.end) for link in links.find(body)] if "@" in body else []
    for match in AT.finditer(body):
        if not any(start <= match.start() < end for start, end in inside):
            yield match.end()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def _length(body: str, start: int, name: str) -> int:
    """How much of the text from `start` on is this name, and no part of a longer word; 0 if none is."""
    wanted = _fold(name)
    if not wanted or _fold(body[start : start + 1])[:1] != wanted[:1]:
        return 0
    # Letters may fold into two (ß) or have two spellings (é): the length of the name is only where to begin looking.
    lengths = sorted(range(1, min(2 * len(name), MAX_NAME) + 1), key=lambda length: abs(length - len(name)))
    for length in lengths[:12]:
        end = start + length
        if _fold(body[start:end]) == wanted and not _goes_on(body, end):
            return min(length, len(body) - start)
    return 0


def _goes_on(body: str, end: int) -> bool:
    # A vowel sign (Hindi) or an accent of its own belongs to the letter before it.
    return bool(GOES_ON.match(body, end)) or unicodedata.category(body[end : end + 1] or " ").startswith("M")
