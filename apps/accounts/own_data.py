"""All that is kept of a person, for that person: a ZIP with `data.json`, a `README.txt` and their files.

`data.json` is one object (UTF-8, RFC 8259):

    format          "homeroom-person"
    version         1; a later one may have more keys, never other meanings
    academy         its name
    exported        when
    account         {profile, addresses, second_factors, sessions, invitations, invitations_sent, history}
    conversations   {messages, reactions, taking_part}: own texts alone, of conversations that the person may read;
                    a message's `files` are the numbers of folders below files/conversations
    student         {record}, where the account is a student's
    courses         {enrollments, batches_taught}
    billing         {invoices, payments}

Each part is written by the app that keeps it (parts.py). Times are ISO 8601 in UTC, days are those of the academy's
calendar, amounts are decimal numbers as text. It is made piece by piece while it is sent: however much there is, it
needs little memory and no place on the disk.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from io import BufferedIOBase
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from apps.accounts import audit, parts
from apps.accounts.models import User

BLOCK = 64_000  # bytes
README = """What Homeroom keeps about you

data.json holds it as text: your account, what you wrote, and what the academy keeps in your name. Programs read it, and
so does any text editor. The folder "files" holds what you have uploaded; each file is in a folder that has the number
by which data.json calls it.

What others wrote isn't here: it is theirs. Neither are the academy's own notes: ask the academy about them.
"""


class _Sink(BufferedIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        """It is; it can't be read, and nobody can go back in it."""
        return True

    def write(self, piece: Any) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """All there is, which is then no longer here."""
        block = b"".join(self._pieces)
        self._pieces, self.size = [], 0
        return block


def export(person: User) -> Iterator[bytes]:
    """The ZIP with all that is theirs, in pieces; recorded when it begins."""
    audit.record(person, "user.exported", person)
    return _zip(person)


def _zip(person: User) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr("README.txt", README)
        for name, pieces in _entries(person):
            # Without a way back in the stream, each file is written as one that may be of any length.
            with archive.open(zipfile.ZipInfo(name, timezone.now().timetuple()[:6]), "w", force_zip64=True) as entry:
                for piece in pieces:
                    entry.write(piece)
                    if sink.size > BLOCK:
                        yield sink.take()
    yield sink.take()


def _entries(person: User) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "data.json", (piece.encode() for piece in as_json(person))
    for part in parts.parts():
        for name, file in part.own_files(person):
            try:
                content = file.open("rb")
            except FileNotFoundError:
                continue
            yield f"files/{part.name}/{_safe(name)}", _closing(content)


def _closing(file: File[Any]) -> Iterator[bytes]:
    try:
        yield from file.chunks(BLOCK)
    finally:
        file.close()


def _safe(name: str) -> str:
    """A path that stays below its folder, and that every system can unpack."""
    parts = [re.sub(r'[\x00-\x1f\x7f<>:"|?*\\]', "_", part).strip(". ") for part in name.split("/")]
    return "/".join(part or "_" for part in parts)


def as_json(person: User) -> Iterator[str]:
    """The JSON of this module's docstring, in pieces."""
    head = {"format": "homeroom-person", "version": 1, "academy": settings.ACADEMY_NAME, "exported": timezone.now()}
    yield _dump(head).removesuffix("}")
    for part in parts.parts():
        yield f",\n{_dump(part.name)}: {{"
        separator = "\n  "
        for name, value in part.own_data(person).items():
            yield f"{separator}{_dump(name)}: "
            yield from _value(value)
            separator = ",\n  "
        yield "}"
    yield "}\n"


def _value(value: Any) -> Iterator[str]:
    """A value as it is; rows that come one by one are written one by one."""
    if not isinstance(value, Iterator):
        yield _dump(value)
        return
    separator = "["
    for row in value:
        yield f"{separator}\n    {_dump(row)}"
        separator = ","
    yield "]" if separator == "," else "[]"


def _dump(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
