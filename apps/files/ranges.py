"""Parts of a file that a browser asks for, as it does to jump within a video (RFC 9110, section 14)."""

import re
from typing import NamedTuple

ONE = re.compile(r"(\d*)-(\d*)")


class Part(NamedTuple):
    """Bytes from `start` to `end`, both included."""

    start: int
    end: int


class NotSatisfiable(Exception):  # noqa: N818 - said of what was asked for
    """None of what was asked for is in the file."""


def asked(header: str, size: int) -> Part | None:
    """The part of a file of so many bytes that a Range header asks for; None for all of it. Raises NotSatisfiable.

    Several at once are answered with the whole, as what makes no sense is: both may be ignored (section 14.2).
    """
    unit, _, ranges = header.partition("=")
    found = ONE.fullmatch(ranges.strip())
    if unit.strip().lower() != "bytes" or not found or not any(found.groups()):
        return None
    if any(len(number) > 18 for number in found.groups()):
        raise NotSatisfiable
    first, last = found.groups()
    if not first:
        return _last_bytes(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NotSatisfiable
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def _last_bytes(many: int, size: int) -> Part:
    if not many or not size:
        raise NotSatisfiable
    return Part(max(0, size - many), size - 1)
