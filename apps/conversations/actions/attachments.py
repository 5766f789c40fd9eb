"""Files: taken in, sent along with a message, or thrown away."""

from collections.abc import Collection
from functools import partial

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from apps.accounts import quota
from apps.accounts.models import User
from apps.conversations import policies
from apps.conversations.models import Attachment, Conversation, Message
from apps.core import images, sandbox
from apps.core.formats import file_size
from apps.core.jobs import enqueue
from apps.files import filetypes

# Files that a person has chosen and neither sent nor removed, in all conversations.
MAX_UNSENT = 50
BUSY = "Other files are being opened at this moment. Try again in a few seconds."
GONE = "These files can't be sent any more. Choose them again."


def upload(actor: User, conversation: Conversation, file: UploadedFile[bytes]) -> Attachment:
    """Take in a file for a message that `actor` is about to send in a conversation that they may read.

    Nobody else sees it until then. Raises PermissionDenied where the actor may not write, ValidationError for a file
    that is empty, too large, of a kind that isn't allowed, damaged, or beyond what one person may send in a month; then
    nothing of it is kept.
    """
    if not (policies.can_read(actor, conversation) and policies.can_post(actor, conversation)):
        raise PermissionDenied("You can't write here.")
    if actor.attachments.filter(message=None).count() >= MAX_UNSENT:
        raise ValidationError("You have chosen many files without sending them. Send or remove some first.")
    attachment = _examined(file)
    attachment.conversation, attachment.uploader = conversation, actor
    try:
        with transaction.atomic():
            quota.take(actor, attachment.size)
            attachment.save()
            if not attachment.ready:
                enqueue("conversations.prepare_picture", attachment.pk)
    except BaseException:
        # It was moved to its place; where that failed, it still has the name it came with.
        if attachment.file.name and attachment.file._committed:  # type: ignore[attr-defined]
            attachment.file.storage.delete(attachment.file.name)
        raise
    return attachment


def too_large() -> ValidationError:
    """What is said of a file that is."""
    return ValidationError(f"This file is too large: {file_size(settings.MAX_FILE)} at most.", code="too_large")


def _examined(file: UploadedFile[bytes]) -> Attachment:
    """What the file is, by its content; raises ValidationError with what is wrong."""
    size = file.size or 0
    if not size:
        raise ValidationError("This file is empty.", code="empty")
    if size > settings.MAX_FILE:
        raise too_large()
    content: object = file.file
    try:
        kind = filetypes.identify(content, file.name or "")  # type: ignore[arg-type]
    except sandbox.Busy:
        raise ValidationError(BUSY, code="busy") from None
    if kind not in filetypes.allowed():
        raise ValidationError("Files of this kind can't be sent here.", code="kind")
    attachment = Attachment(name=filetypes.clean_name(file.name or "", kind), content_type=kind, size=size, file=file)
    if kind in filetypes.IMAGES:
        try:
            attachment.width, attachment.height = images.measure(content)  # type: ignore[arg-type]
        except images.Unreadable as error:
            raise ValidationError(str(error), code=error.code) from None
    else:
        attachment.ready = timezone.now()
    file.seek(0)
    return attachment


def claim(message: Message, ids: Collection[int]) -> None:
    """Make uploaded files a part of the message that is being sent.

    Raises ValidationError where there are too many, or one of them isn't its author's, isn't of this conversation, or
    is already part of a message.
    """
    if not ids:
        return
    if len(ids) > settings.MAX_FILES:
        raise ValidationError(f"A message has room for {settings.MAX_FILES} files.", code="too_many_files")
    unsent = Attachment.objects.filter(
        pk__in=ids, uploader=message.author, conversation=message.conversation_id, message=None, failed=""
    )
    if unsent.update(message=message) != len(set(ids)):
        raise ValidationError(GONE, code="files_gone")
    message.hold(attachments=list(Attachment.objects.filter(message=message)))


def release(message: Message) -> None:
    """Give the files of a message that is taken back to its author, who may send them after all."""
    message.attachments.update(message=None)


def discard(actor: User, conversation: Conversation, ids: Collection[int]) -> int:
    """Throw away files that `actor` has uploaded and not sent; how many there were."""
    with transaction.atomic():
        unsent = Attachment.objects.select_for_update().filter(
            pk__in=ids, uploader=actor, conversation=conversation, message=None
        )
        return remove(list(unsent))


def remove(attachments: Collection[Attachment]) -> int:
    """Delete rows that are locked, and their files once that is certain; how many there were."""
    Attachment.objects.filter(pk__in=[attachment.pk for attachment in attachments]).delete()
    for attachment in attachments:
        delete_files(attachment.file.name, attachment.thumbnail.name)
    return len(attachments)


def delete_files(*names: str | None) -> None:
    """Delete files of the storage after the commit; the empty names of files that there are not are passed over."""
    storage = Attachment._meta.get_field("file").storage
    for name in filter(None, names):
        transaction.on_commit(partial(storage.delete, name), robust=True)
