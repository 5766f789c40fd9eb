"""All that is kept of a person, for that person: a ZIP with `data.json`, a `README.txt` and their files.

`data.json` is one object (UTF-8, RFC 8259):

    format          "homeroom-person"
    version         1; a later one may have more keys, never other meanings
    academy         its name
    exported        when
    account         {profile, addresses, second_factors, sessions, invitations, invitations_sent, history}
    conversations   {messages, reactions, taking_part}: own texts alone, of conversations that the person may read;
                    a message's `files` are the numbers of folders below files/conversations
    files           {files}: what the person has sent and is still kept; each is beside what it belongs to
    student         {record}, where the account is a student's
    courses         {enrollments, batches_taught}
    billing         {invoices, payments}
    jobs            {background_work}

Each part is written by the app that keeps it (parts.py). Times are ISO 8601 in UTC, days are those of the academy's
calendar, amounts are decimal numbers as text. It is made piece by piece while it is sent: however much there is, it
needs little memory and no place on the disk.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any
from zipfile import ZIP_DEFLATED

from django.conf import settings
from django.core.files import File
from django.utils import timezone
from zipstream.ng import ZipStream

from apps.accounts import audit, parts
from apps.accounts.models import User
from apps.core.json_stream import in_blocks, json_object

BLOCK = 64_000  # bytes
README = """What Homeroom keeps about you

data.json holds it as text: your account, what you wrote, and what the academy keeps in your name. Programs read it, and
so does any text editor. The folder "files" holds what you have uploaded; each file is in a folder that has the number
by which data.json calls it.

What others wrote isn't here: it is theirs. Neither are the academy's own notes: ask the academy about them.
"""


def export(person: User) -> Iterator[bytes]:
    """The ZIP with all that is theirs, in pieces; recorded when it begins."""
    audit.record(person, "user.exported", person)
    return _zip(person)


def _zip(person: User) -> Iterator[bytes]:
    archive = ZipStream(compress_type=ZIP_DEFLATED, compress_level=3)
    archive.add(README, "README.txt")
    for name, pieces in _entries(person):
        archive.add(pieces, name)
        # Each before the next is opened.
        yield from archive.all_files()
    yield from archive.finalize()


def _entries(person: User) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "data.json", in_blocks(as_json(person))
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
    return json_object(chain(head.items(), ((part.name, part.own_data(person)) for part in parts.parts())))
