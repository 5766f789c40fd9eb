"""What the background does with files: write pictures anew, and clear away what nobody needs any more."""

import logging
import time
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.conversations.actions.attachments import delete_files, remove
from apps.conversations.actions.clock import save_change
from apps.conversations.models import Attachment, Conversation
from apps.core import images, sandbox
from apps.files import filetypes, sweeping

# A job that was lost with the queue is made up for after this long; one that was lost with its worker, after its lease.
LOST_MINUTES = 2
TRIES = 2
# Longer than one takes that waits for another one: each is ended after two minutes (apps.core.sandbox).
LEASE = timedelta(minutes=5)
HOPELESS = "This picture could not be prepared."
# What was never sent, was cancelled halfway, or belongs to a deleted message stays this long.
KEEP_HOURS = 24
BATCH = 200

log = logging.getLogger("homeroom.files")


def prepare(attachment_id: int) -> None:
    """Write a picture anew and make its thumbnail; then it may be served, and its original is gone.

    One worker at a time does it, and a picture that was removed meanwhile stays removed. What ends its worker, or the
    process that reads it, is tried once more, a minute later at least.
    """
    attachment = _claimed(attachment_id)
    if not attachment:
        return
    try:
        with attachment.file.open("rb") as file:
            rewritten = images.rewrite(file)
    except FileNotFoundError:
        # Another run may have finished while this one began.
        _give_up(attachment_id, "The file was lost.")
    except images.Unreadable as error:
        _give_up(attachment_id, str(error))
    except sandbox.Failed:
        if attachment.tries >= TRIES:
            _give_up(attachment_id, HOPELESS)
        else:
            _waiting().filter(pk=attachment_id).update(lease=None)
    else:
        _finish(attachment, rewritten)


def _claimed(attachment_id: int) -> Attachment | None:
    """A picture that is this worker's now; None where it waits no more, another one is at it, or it was tried enough.

    That it was tried is written first: a picture that ends its worker is not begun again for ever.
    """
    now = timezone.now()
    free = _free(now).filter(pk=attachment_id, tries__lt=TRIES)
    if free.update(tries=F("tries") + 1, lease=now + LEASE) != 1:
        return None
    return _waiting().filter(pk=attachment_id).first()


def _free(now: datetime) -> QuerySet[Attachment]:
    """What no worker is at, or one that is gone."""
    return _waiting().filter(Q(lease=None) | Q(lease__lte=now))


def _waiting() -> QuerySet[Attachment]:
    return Attachment.objects.filter(ready=None, failed="")


def _finish(attachment: Attachment, rewritten: images.Rewritten) -> None:
    """Put the new files in the place of the original."""
    original = attachment.file.name
    attachment.file.save("", rewritten.picture, save=False)
    attachment.thumbnail.save("", rewritten.thumbnail, save=False)
    with transaction.atomic():
        attachment.content_type = rewritten.content_type
        attachment.name = filetypes.renamed(attachment.name, rewritten.content_type)
        attachment.size = rewritten.picture.size
        attachment.width, attachment.height = rewritten.width, rewritten.height
        attachment.ready = timezone.now()
        fields = ("file", "thumbnail", "content_type", "name", "size", "width", "height", "ready")
        if _settle(attachment, *fields):
            delete_files(original)
        else:
            delete_files(attachment.file.name, attachment.thumbnail.name)


def _give_up(attachment_id: int, reason: str) -> None:
    """Say at the message why the picture isn't there, and drop what was uploaded."""
    with transaction.atomic():
        attachment = _waiting().filter(pk=attachment_id).first()
        if attachment:
            attachment.failed = reason[:200]
            if _settle(attachment, "failed"):
                delete_files(attachment.file.name)


def _settle(attachment: Attachment, *fields: str) -> bool:
    """Store what became of a picture and show it at its message; False where that was settled before, or it is gone."""
    conversation = Conversation.objects.select_for_update().filter(pk=attachment.conversation_id).first()
    current = _waiting().select_for_update(of=("self",)).filter(pk=attachment.pk).select_related("message").first()
    if not conversation or not current:
        return False
    attachment.save(update_fields=fields)
    if (message := current.message) and not message.deleted:
        message.conversation = conversation
        save_change(message)
    return True


def catch_up() -> None:
    """Prepare the pictures whose job was lost, with its worker or with the queue; give up those that never succeed."""
    now = timezone.now()
    waiting = _free(now).filter(created__lt=now - timedelta(minutes=LOST_MINUTES)).order_by("pk")
    for attachment in waiting[:BATCH]:
        if attachment.tries >= TRIES:
            _give_up(attachment.pk, HOPELESS)
        else:
            prepare(attachment.pk)


def sweep() -> int:
    """Remove the files that were never sent, and those of deleted messages, a day later; how many there were."""
    long_ago = timezone.now() - timedelta(hours=KEEP_HOURS)
    past = Q(message=None, created__lt=long_ago) | Q(message__deleted__lt=long_ago)
    removed = 0
    while ids := list(Attachment.objects.filter(past).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Asked again with the rows locked: one of them may have been sent in this moment.
            removed += remove(list(Attachment.objects.select_for_update(of=("self",)).filter(past, pk__in=ids)))
    return removed


def sweep_storage() -> int:
    """Remove the files that no row knows: of processes that were killed, of rows that went with a conversation.

    How many there were. A day old at least: a younger one may be on its way into its row.
    """
    storage: Storage = Attachment._meta.get_field("file").storage
    long_ago = timezone.now() - timedelta(hours=KEEP_HOURS)
    removed = 0
    old = (name for name in sweeping.names_below(storage, "attachments") if sweeping.modified(storage, name) < long_ago)
    for names in batched(old, BATCH):
        rows = Attachment.objects.filter(Q(file__in=names) | Q(thumbnail__in=names))
        known = {name for pair in rows.values_list("file", "thumbnail") for name in pair}
        for name in names:
            if name not in known:
                storage.delete(name)
                removed += 1
    if removed:
        log.warning("%s files belonged to no message and were removed", removed)
    return removed


def sweep_uploads() -> int:
    """Remove what processes that were killed left of uploads under way; how many there were."""
    long_ago = time.time() - KEEP_HOURS * 3600
    old = [path for path in Path(settings.UPLOADS).glob("*.upload*") if path.stat().st_mtime < long_ago]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
