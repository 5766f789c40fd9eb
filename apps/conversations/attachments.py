"""Which files a person may have, and how each is shown."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.conversations.models import Attachment, Conversation, Message
from apps.core.sizes import fit
from apps.files.filetypes import IMAGES, TYPES, allowed

# The side of the square that a single picture has in a message, in CSS pixels.
SHOWN_SIDE = 320

ICONS = {"image": "image", "audio": "file-audio", "video": "file-video", "text": "file-text"}
ICONS_OF = {
    "text/csv": "file-spreadsheet",
    "application/pdf": "file-text",
    "application/zip": "file-archive",
    "application/vnd.ms-excel": "file-spreadsheet",
}
ICON_WORDS = {"spreadsheet": "file-spreadsheet", "presentation": "presentation", "powerpoint": "presentation"}


def readable(user: User, conversation: Conversation) -> QuerySet[Attachment]:
    """The files of a conversation that `user` may have: those of the messages that they read, and their own unsent."""
    sent = Q(message__deleted=None, message__audience__in=conversation.type.audiences(user), message__isnull=False)
    if user.looked_as:
        return conversation.attachments.filter(sent)
    return conversation.attachments.filter(sent | Q(message=None, uploader=user))


def servable(attachment: Attachment) -> bool:
    """May its content leave at all? A picture only once it has been written anew."""
    return attachment.ready is not None and not attachment.failed


def inline(attachment: Attachment) -> bool:
    """May a browser show it in its window? Pictures that we wrote ourselves; nothing that others wrote."""
    return servable(attachment) and attachment.content_type in IMAGES and bool(attachment.thumbnail)


def accept() -> str:
    """What a file input offers to choose from: the kinds, and the endings that browsers know them by."""
    kinds = allowed()
    endings = [ending for kind in kinds if kind not in IMAGES for ending in TYPES[kind]]
    pictures = ["image/*"] if IMAGES & set(kinds) else []
    return ",".join([*pictures, *endings])


def icon_of(kind: str) -> str:
    """The icon of a kind of file."""
    if kind in ICONS_OF:
        return ICONS_OF[kind]
    word = next((icon for word, icon in ICON_WORDS.items() if word in kind), "")
    return word or ICONS.get(kind.split("/")[0], "file-text" if kind in TYPES else "file")


@dataclass(frozen=True)
class Shown:
    """The files of one message as it shows them: pictures side by side, the others below one another."""

    pictures: list[Attachment]
    others: list[Attachment]

    @property
    def more(self) -> int:
        """How many pictures are behind the fourth."""
        return max(0, len(self.pictures) - 4)


def shown(message: Message) -> Shown:
    """What there is to show; a picture that could not be read is a line like any other file."""
    files = list(message.attachments.all())
    pictures = [file for file in files if file.width and not file.failed]
    return Shown(pictures, [file for file in files if file not in pictures])


def shown_size(attachment: Attachment) -> tuple[int, int]:
    """Width and height in CSS pixels of a picture that stands alone: known before it is there, so nothing jumps."""
    return fit(attachment.width or 1, attachment.height or 1, SHOWN_SIDE)
