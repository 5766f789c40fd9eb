"""JSON that is written piece by piece (UTF-8, RFC 8259): however long it is, it needs little memory."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

BLOCK = 64_000  # characters


def json_object(members: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """One object with these members in pieces; a value that is an iterator becomes a list that is written row by row.

    `members` may be an iterator too: each value is asked for when the one before it was written.
    """
    separator = "{\n"
    for name, value in members:
        yield f"{separator}{_dump(name)}: "
        yield from _value(value)
        separator = ",\n"
    yield "{}\n" if separator == "{\n" else "\n}\n"


def _value(value: Any) -> Iterator[str]:
    if isinstance(value, Iterator):
        separator = "[\n"
        for row in value:
            yield f"{separator}{_dump(row)}"
            separator = ",\n"
        yield "[]" if separator == "[\n" else "]"
    elif isinstance(value, dict) and any(isinstance(each, Iterator) for each in value.values()):
        yield from json_object(value.items())
    else:
        yield _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def in_blocks(pieces: Iterable[str]) -> Iterator[bytes]:
    """The same text in larger pieces: each one costs a server a turn."""
    block: list[str] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size > BLOCK:
            yield "".join(block).encode()
            block, size = [], 0
    yield "".join(block).encode()
