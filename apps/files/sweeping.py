"""Files that nobody needs any more are cleared away: rows to which nothing points, bytes of which no row knows."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched, chain
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.files.actions import remove
from apps.files.models import StoredFile
from apps.files.pointing import unneeded

# What was sent for a form that is still being filled in, or that failed, may be wanted for this long.
KEEP_HOURS = 24
BATCH = 200

# Where files are kept; what was sent with messages had a folder of its own once, and stays in it.
FOLDERS = ("files", "attachments")

log = logging.getLogger("homeroom.files")


def sweep() -> int:
    """Throw away files to which nothing has pointed for a day since they came; how many there were."""
    old = {"created__lt": timezone.now() - timedelta(hours=KEEP_HOURS)}
    removed = 0
    while ids := list(unneeded().filter(**old).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Asked again with the rows locked: a row may have been pointed to one of them in this moment.
            for stored in unneeded().filter(pk__in=ids, **old).select_for_update(of=("self",)):
                remove(stored)
                removed += 1
    return removed


def sweep_storage() -> int:
    """Remove the bytes that no row knows: of processes that were killed while they took a file in; how many there were.

    A day old at least: younger ones may be on their way into their row.
    """
    storage: Storage = StoredFile._meta.get_field("file").storage
    long_ago = timezone.now() - timedelta(hours=KEEP_HOURS)
    removed = 0
    names = chain.from_iterable(names_below(storage, folder) for folder in FOLDERS)
    old = (name for name in names if modified(storage, name) < long_ago)
    for some in batched(old, BATCH):
        rows = StoredFile.objects.filter(Q(file__in=some) | Q(thumbnail__in=some))
        known = {name for pair in rows.values_list("file", "thumbnail") for name in pair}
        for name in set(some) - known:
            storage.delete(name)
            removed += 1
    if removed:
        log.warning("%s files belonged to nothing and were removed", removed)
    return removed


def sweep_uploads() -> int:
    """Remove what processes that were killed left of uploads under way; how many there were."""
    long_ago = time.time() - KEEP_HOURS * 3600
    old = [path for path in Path(settings.UPLOADS).glob("*.upload*") if path.stat().st_mtime < long_ago]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def names_below(storage: Storage, folder: str) -> Iterator[str]:
    """Every file below a folder."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)
    for name in folders:
        yield from names_below(storage, f"{folder}/{name}")


def modified(storage: Storage, name: str) -> datetime:
    """When a file was written; now, for one that has just gone."""
    try:
        return storage.get_modified_time(name)
    except FileNotFoundError:
        return timezone.now()
