"""Files: kept, and thrown away.

    stored = store(actor, request.FILES["file"], kinds=VIDEOS)     # ValidationError with a sentence for the field
    lesson.video = stored; lesson.save()                          # a foreign key to StoredFile, null, on_delete=PROTECT
    …
    discard(stored)                                               # in the transaction that takes the pointing row away

A file that no row points to is thrown away after a day (apps.files.sweeping); so is one whose row was deleted together
with others, at once.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from apps.accounts import quota
from apps.accounts.models import User
from apps.core import sandbox
from apps.core.formats import file_size
from apps.core.jobs import enqueue
from apps.files import filetypes, reading
from apps.files.filetypes import IMAGES, SVG
from apps.files.kinds import CAPTIONS, VIDEOS, Kinds
from apps.files.models import StoredFile
from apps.files.pointing import unneeded


def store(actor: User, uploaded: UploadedFile[Any], *, kinds: Kinds) -> StoredFile:
    """Keep a file that `actor` sent. That they may is the caller's to know; nobody reads it until a row points to it.

    Raises ValidationError for one that is empty (code `empty`), too large (`too_large`), of another kind (`kind`),
    damaged or not playable (`unreadable`), beyond what a person may send in a month (`quota`), or that can't be read
    just now (`busy`); then nothing of it is kept. A picture can be served a moment later: see StoredFile.ready.
    """
    stored = _examined(uploaded, kinds)
    stored.owner = actor
    try:
        with transaction.atomic():
            quota.take(actor, uploaded.size or 0, kinds.pool)
            stored.save()
            if not stored.ready:
                enqueue("files.prepare_picture", stored.pk)
    except BaseException:
        # It was moved to its place; where that failed, it still has the name it came with.
        if stored.file.name and stored.file._committed:  # type: ignore[attr-defined]
            stored.file.storage.delete(stored.file.name)
        raise
    return stored


def discard(stored: StoredFile | None) -> None:
    """Throw a file away, its bytes once that is certain. Where another row still points to it, it stays."""
    if stored is not None:
        discard_all([stored.pk])


def discard_all(ids: Collection[int]) -> None:
    """The same for several files."""
    with transaction.atomic():
        for stored in unneeded().filter(pk__in=ids).select_for_update(of=("self",)):
            remove(stored)


def remove(stored: StoredFile) -> None:
    """Delete a row to which nothing points, and its bytes after the commit."""
    names = stored.file.name, stored.thumbnail.name
    StoredFile.objects.filter(pk=stored.pk).delete()
    delete_bytes(*names)


def delete_bytes(*names: str | None) -> None:
    """Delete from the storage after the commit; empty names are passed over."""
    storage = StoredFile._meta.get_field("file").storage
    for name in filter(None, names):
        transaction.on_commit(partial(storage.delete, name), robust=True)


def too_large(kinds: Kinds) -> ValidationError:
    """What is said of a file that is."""
    return ValidationError(f"This file is too large: {file_size(kinds.limit())} at most.", code="too_large")


def _examined(uploaded: UploadedFile[Any], kinds: Kinds) -> StoredFile:
    """What a file is, by its content; raises ValidationError with what is wrong."""
    content: Any = uploaded.file
    size = uploaded.size or 0
    if not size:
        raise ValidationError("This file is empty.", code="empty")
    if size > kinds.limit():
        raise too_large(kinds)
    kind = _kind(content, uploaded.name or "", kinds)
    facts = _facts(content, kind, kinds)
    uploaded.seek(0)
    name = filetypes.clean_name(uploaded.name or "", kind)
    kind = "text/vtt" if kinds is CAPTIONS else kind
    kept: Any = uploaded if facts.content is None else ContentFile(facts.content, name)
    return StoredFile(
        name=filetypes.renamed(name, kind),
        kind=kind,
        size=kept.size,
        file=kept,
        width=facts.width,
        height=facts.height,
        seconds=facts.seconds,
        ready=None if kind in IMAGES else timezone.now(),
    )


def _kind(content: IO[bytes], name: str, kinds: Kinds) -> str:
    wanted = kinds.types()
    try:
        kind = filetypes.identify(content, name)
    except sandbox.Busy:
        raise ValidationError(reading.BUSY, code="busy") from None
    if not kind and SVG in wanted and filetypes.is_drawing(content):
        kind = SVG
    if kind not in wanted:
        film = reading.other_film(content) if kinds is VIDEOS else ""
        raise ValidationError(film or kinds.refusal, code="kind")
    return kind


def _facts(content: IO[bytes], kind: str, kinds: Kinds) -> reading.Facts:
    read: Callable[[], reading.Facts] = reading.Facts
    if kinds is CAPTIONS:
        read = partial(reading.clean_captions, content)
    elif kinds is VIDEOS:
        read = partial(reading.measure_video, content, kind)
    elif kind == SVG:
        read = partial(reading.measure_drawing, content)
    elif kind in IMAGES:
        read = partial(reading.measure_picture, content)
    return read()
