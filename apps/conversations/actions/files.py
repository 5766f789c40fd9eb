"""What the background does with the files of messages: show a message anew, and clear away what nobody needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.conversations import withheld
from apps.conversations.actions.attachments import remove
from apps.conversations.actions.clock import save_change
from apps.conversations.models import Attachment, Conversation
from apps.files.models import StoredFile

# What was never sent, was cancelled halfway, or belongs to a message that was deleted for good stays this long.
KEEP_HOURS = 24
BATCH = 200


@contextmanager
def shown_anew(stored: StoredFile) -> Iterator[None]:
    """Show a message anew when one of its pictures is ready, or never will be; its conversation is locked before.

    Who sends a picture at this moment either comes first and is shown it, or sends what is ready (files.preparing).
    """
    its = Attachment.objects.filter(file=stored)
    conversation = Conversation.objects.select_for_update().filter(pk__in=its.values("conversation")).first()
    yield
    if conversation is None:
        return
    attachment = its.select_related("message").first()
    if attachment and (message := attachment.message) and not message.deleted:
        message.conversation = conversation
        save_change(message)


def sweep() -> int:
    """Remove the files that were never sent, and those of deleted messages, a day later; how many there were.

    A message that can be put back keeps its files.
    """
    long_ago = timezone.now() - timedelta(hours=KEEP_HOURS)
    past = Q(message=None, waits=False, created__lt=long_ago) | (Q(message__deleted__lt=long_ago) & withheld.for_good())
    removed = 0
    while ids := list(Attachment.objects.filter(past).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Asked again with the rows locked: one of them may have been sent in this moment.
            removed += remove(list(Attachment.objects.select_for_update(of=("self",)).filter(past, pk__in=ids)))
    return removed
