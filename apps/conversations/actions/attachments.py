"""Files: taken in, sent along with a message, or thrown away. What they are, and where they are kept, `files` knows."""

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.approval import Draft
from apps.conversations.models import Attachment, Conversation, Message
from apps.files.actions import store
from apps.files.kinds import DOCUMENTS
from apps.files.models import StoredFile

# Files that a person has chosen and neither sent nor removed, in all conversations.
MAX_UNSENT = 50
GONE = "These files can't be sent any more. Choose them again."


def upload(actor: User, conversation: Conversation | None, file: UploadedFile[bytes]) -> Attachment:
    """Take in a file for a message that `actor` is about to send in a conversation that they may read.

    Without a conversation it is for a message that begins one: that they may begin it is the caller's to know. Nobody
    else sees the file until it is sent. Raises PermissionDenied where the actor may not write, ValidationError for a
    file that can't be kept (see files.actions.store); then nothing of it is.
    """
    if not policies.can_upload(actor, conversation):
        raise PermissionDenied("You can't write here.")
    if actor.attachments.filter(message=None, waits=False).count() >= MAX_UNSENT:
        raise ValidationError("You have chosen many files without sending them. Send or remove some first.")
    stored = store(actor, file, kinds=DOCUMENTS)
    return Attachment.objects.create(conversation=conversation, uploader=actor, file=stored)


def claim(message: Message, ids: Collection[int], *, waiting: bool = False) -> None:
    """Make uploaded files a part of the message that is being sent, or is approved: they are `waiting` then.

    Raises ValidationError where there are too many, or one of them isn't its author's, is of another conversation, or
    is already part of a message.
    """
    if not ids:
        return
    unsent = _unsent(message.author, message.conversation_id, ids, waits=waiting)
    if unsent.update(message=message, conversation=message.conversation_id, waits=False) != len(set(ids)):
        raise ValidationError(GONE, code="files_gone")
    message.hold(attachments=list(Attachment.objects.filter(message=message).select_related("file")))


def wait(draft: Draft) -> None:
    """Keep the files of what waits for approval until that is decided; raises what claim raises."""
    if not draft.attachments:
        return
    unsent = _unsent(draft.author, draft.conversation.pk, draft.attachments, waits=False)
    if unsent.update(conversation=draft.conversation.pk, waits=True) != len(set(draft.attachments)):
        raise ValidationError(GONE, code="files_gone")


def _unsent(author: User | None, conversation_id: int, ids: Collection[int], *, waits: bool) -> QuerySet[Attachment]:
    if len(ids) > settings.MAX_FILES:
        raise ValidationError(f"A message has room for {settings.MAX_FILES} files.", code="too_many_files")
    return Attachment.objects.filter(
        Exists(StoredFile.objects.filter(pk=OuterRef("file"), failed="")),
        Q(conversation=conversation_id) | Q(conversation=None),
        pk__in=ids,
        uploader=author,
        message=None,
        waits=waits,
    )


def release(message: Message) -> None:
    """Give the files of a message that is taken back to its author, who may send them after all."""
    message.attachments.update(message=None)


def discard(actor: User, conversation: Conversation | None, ids: Collection[int]) -> int:
    """Throw away files that `actor` has uploaded and not sent; how many there were."""
    with transaction.atomic():
        unsent = Attachment.objects.select_for_update().filter(
            pk__in=ids, uploader=actor, conversation=conversation, message=None, waits=False
        )
        return remove(list(unsent))


def remove(attachments: Collection[Attachment]) -> int:
    """Delete rows that are locked; their files follow once that is certain (apps.files.following). How many."""
    Attachment.objects.filter(pk__in=[attachment.pk for attachment in attachments]).delete()
    return len(attachments)
