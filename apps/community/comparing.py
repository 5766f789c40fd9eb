"""What an edit changes of a text."""

import difflib
import re
from typing import NamedTuple

# Beyond, a comparison word by word would take long, and nobody could read it.
MAX_COMPARED = 4_000


class Piece(NamedTuple):
    """A part of a text that was changed: `kind` is "" for what stayed, else "ins" or "del"."""

    kind: str
    text: str


def compare(old: str, new: str) -> list[Piece]:
    """What became of a text, word by word; of a very long one the whole before and after."""
    before, after = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    if len(before) + len(after) > MAX_COMPARED:
        return [Piece("del", old), Piece("ins", new)]
    pieces = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("", "".join(before[a:b])))
        else:
            pieces += [Piece("del", "".join(before[a:b])), Piece("ins", "".join(after[c:d]))]
    return [piece for piece in pieces if piece.text]
