"""What people type into a search, and where a text matches it.

Words are all to be there, in any order; "words in quotes" one after the other; -word or -"words" must not be there; of
what is typed last the beginning is enough. Case and accents don't matter. Chinese and Japanese need no spaces: each
character counts as a word, and what is written together is searched together. Any text is a valid search.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from unicodedata import category, normalize

MAX_LENGTH = 200
MAX_TERMS = 12
# Of one letter nearly every message has a word that begins with it.
MIN_PREFIX = 2

# Kana, and Han with its extension A and compatibility forms.
ALONE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
PIECE = re.compile(r'(?P<not>(?<!\S)-)?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>[^\s"]+))')


class Term(NamedTuple):
    """Words that follow one another, as they were typed; `prefix`: of the last one, the beginning is enough."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Query:
    """What must be there and what must not."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted)


class Word(NamedTuple):
    """A word of a text, and where it stands."""

    start: int
    end: int
    text: str


def fold(text: str) -> str:
    """Without case and accents."""
    plain = "".join(c for c in normalize("NFD", text.casefold()) if not "\u0300" <= c <= "\u036f")
    return normalize("NFC", plain)


@cache
def _sort(character: str) -> str:
    """It stands `alone`, is part of a word (`in`), stays with one (`with`), or is no part of any (empty)."""
    if ALONE.match(character):
        return "alone"
    return {"L": "in", "N": "in", "M": "with"}.get(category(character)[0], "")


def words(text: str) -> Iterator[Word]:
    """The words of a text: letters, digits, and the marks on them; each Chinese or Japanese character by itself."""
    start = None
    for place, character in enumerate(text):
        sort = _sort(character)
        if sort == "in" and start is None:
            start = place
        elif sort in {"", "alone"} and start is not None:
            yield Word(start, place, text[start:place])
            start = None
        if sort == "alone":
            yield Word(place, place + 1, character)
    if start is not None:
        yield Word(start, len(text), text[start:])


def parse(text: str) -> Query:
    """Read what somebody typed; empty where there is nothing to look for."""
    text = text[:MAX_LENGTH]
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for piece in list(PIECE.finditer(text))[:MAX_TERMS]:
        found = tuple(word.text for word in words(piece["quoted"] or piece["plain"] or ""))
        if not found:
            continue
        last = piece["plain"] is not None and piece.end() == len(text) and not piece["not"]
        term = Term(found, prefix=last and len(found[-1]) >= MIN_PREFIX)
        (unwanted if piece["not"] else wanted).append(term)
    return Query(tuple(wanted), tuple(unwanted))


@dataclass(frozen=True)
class Excerpt:
    """A part of a text as (piece, whether it matches), and whether something is left out before and after it."""

    pieces: list[tuple[str, bool]] = field(default_factory=list)
    cut_before: bool = False
    cut_after: bool = False


def matches(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the wanted terms stand in a text: starts and ends, in order, not overlapping."""
    all_words = list(words(text))
    folded = [fold(word.text) for word in all_words]
    spans = []
    for term in query.wanted:
        size, wanted = len(term.words), [fold(word) for word in term.words]
        spans += [
            (all_words[first].start, all_words[first + size - 1].end)
            for first in range(len(all_words) - size + 1)
            if _agree(folded[first : first + size], wanted, term.prefix)
        ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _agree(here: list[str], wanted: list[str], prefix: bool) -> bool:
    last_agrees = here[-1].startswith(wanted[-1]) if prefix else here[-1] == wanted[-1]
    return last_agrees and here[:-1] == wanted[:-1]


def excerpt(text: str, query: Query, length: int = 180) -> Excerpt:
    """The part of a text around its first match, about `length` characters."""
    spans = matches(text, query)
    middle = spans[0][0] if spans else 0
    start = max(0, min(middle - length // 3, len(text) - length))
    # Not in the middle of a word, where there is one to begin with.
    if start and (space := re.search(r"\s", text[start:middle])):
        start += space.end()
    end = min(len(text), start + length)
    if end < len(text) and (space := re.search(r"\s\S*$", text[start:end])) and space.start():
        end = start + space.start()
    pieces, at = [], start
    for first, last in spans:
        if first >= end:
            break
        pieces += [(text[at:first], False), (text[first : min(last, end)], True)]
        at = min(last, end)
    pieces.append((text[at:end], False))
    return Excerpt([piece for piece in pieces if piece[0]], start > 0, end < len(text))
