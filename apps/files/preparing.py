"""Pictures are written anew in the background, without what cameras add; until then, nobody gets them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.core import images, sandbox
from apps.files import filetypes
from apps.files.actions import delete_bytes
from apps.files.models import StoredFile

# A job that was lost with the queue is made up for after this long; one that was lost with its worker, after its lease.
LOST_MINUTES = 2
TRIES = 2
# Longer than one takes that waits for another one: each is ended after two minutes (apps.core.sandbox).
LEASE = timedelta(minutes=5)
HOPELESS = "This picture could not be prepared."
LOST = "The file was lost."
BATCH = 200

# Around the change of a row whose picture has been settled: what an app locks before, and tells its pages after it.
# Where another worker has settled it meanwhile, what comes after is left out.
Around = Callable[[StoredFile], AbstractContextManager[None]]
_around: list[Around] = []


class _SettledBefore(Exception):  # noqa: N818 - no error: there is nothing left to do
    """Another worker has settled a picture, or it is gone."""


def around_settling(around: Around) -> None:
    """Have an app run this around each picture that becomes ready, or never will be, within the transaction."""
    _around.append(around)


def prepare(stored_id: int) -> None:
    """Write a picture anew and make its thumbnail; then it may be served, and its original is gone.

    One worker at a time does it, and a picture that was removed meanwhile stays removed. What ends its worker, or the
    process that reads it, is tried once more, a minute later at least.
    """
    stored = _claimed(stored_id)
    if not stored:
        return
    try:
        with stored.file.open("rb") as file:
            rewritten = images.rewrite(file)
    except FileNotFoundError:
        # Another run may have finished while this one began.
        give_up(stored_id, LOST)
    except images.Unreadable as error:
        give_up(stored_id, str(error))
    except sandbox.Failed:
        if stored.tries >= TRIES:
            give_up(stored_id, HOPELESS)
        else:
            _waiting().filter(pk=stored_id).update(lease=None)
    else:
        _finish(stored, rewritten)


def _claimed(stored_id: int) -> StoredFile | None:
    """A picture that is this worker's now; None where it waits no more, another one is at it, or it was tried enough.

    That it was tried is written first: a picture that ends its worker is not begun again for ever.
    """
    now = timezone.now()
    free = _free(now).filter(pk=stored_id, tries__lt=TRIES)
    if free.update(tries=F("tries") + 1, lease=now + LEASE) != 1:
        return None
    return _waiting().filter(pk=stored_id).first()


def _free(now: datetime) -> QuerySet[StoredFile]:
    """What no worker is at, or one that is gone."""
    return _waiting().filter(Q(lease=None) | Q(lease__lte=now))


def _waiting() -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(ready=None, failed="")


def _finish(stored: StoredFile, rewritten: images.Rewritten) -> None:
    """Put the new files in the place of the original."""
    original = stored.file.name
    stored.file.save("", rewritten.picture, save=False)
    stored.thumbnail.save("", rewritten.thumbnail, save=False)
    with transaction.atomic():
        stored.kind = rewritten.content_type
        stored.name = filetypes.renamed(stored.name, rewritten.content_type)
        stored.size = rewritten.picture.size
        stored.width, stored.height = rewritten.width, rewritten.height
        stored.ready = timezone.now()
        fields = ("file", "thumbnail", "kind", "name", "size", "width", "height", "ready")
        if _settle(stored, *fields):
            delete_bytes(original)
        else:
            delete_bytes(stored.file.name, stored.thumbnail.name)


def give_up(stored_id: int, reason: str) -> None:
    """Say why the picture isn't there, and drop what was uploaded."""
    with transaction.atomic():
        stored = _waiting().filter(pk=stored_id).first()
        if stored:
            stored.failed = reason[:200]
            if _settle(stored, "failed"):
                delete_bytes(stored.file.name)


def _settle(stored: StoredFile, *fields: str) -> bool:
    """Store what became of a picture; False where that was settled before, or it is gone."""
    try:
        with ExitStack() as around:
            for each in _around:
                around.enter_context(each(stored))
            if not _waiting().select_for_update().filter(pk=stored.pk).exists():
                raise _SettledBefore
            stored.save(update_fields=fields)
    except _SettledBefore:
        return False
    return True


def catch_up() -> None:
    """Prepare the pictures whose job was lost, with its worker or with the queue; give up those that never succeed."""
    now = timezone.now()
    waiting = _free(now).filter(created__lt=now - timedelta(minutes=LOST_MINUTES)).order_by("pk")
    for stored in waiting[:BATCH]:
        if stored.tries >= TRIES:
            give_up(stored.pk, HOPELESS)
        else:
            prepare(stored.pk)
