"""Which files a person may have, and how each is shown."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.conversations import withheld
from apps.conversations.models import Attachment, Conversation, Message
from apps.core.sizes import fit
from apps.files.filetypes import IMAGES, TYPES
from apps.files.models import StoredFile

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
    """The files of a conversation that `user` may have: those of the messages that they read, and their own unsent.

    And those of messages that are withheld, as the app that does so decides.
    """
    sent = Q(message__deleted=None, message__audience__in=conversation.type.audiences(user), message__isnull=False)
    found = conversation.attachments.select_related("file")
    if user.looked_as:
        return found.filter(sent)
    return found.filter(sent | withheld.files_for(user) | Q(message=None, waits=False, uploader=user))


def of_withheld(user: User, conversation_id: int) -> QuerySet[Attachment]:
    """The files of withheld messages alone: nobody can open the conversation of a topic that waits."""
    # An address may hold a number that is no key in any database: this finds nothing then.
    asked = Conversation.objects.filter(pk=conversation_id).values("pk")
    found = Attachment.objects.filter(withheld.files_for(user), conversation__in=asked)
    return found.none() if user.looked_as else found.select_related("file", "conversation")


def inline(stored: StoredFile) -> bool:
    """May a browser show it in its window? Pictures that we wrote ourselves; nothing that others wrote."""
    return stored.servable and stored.kind in IMAGES and bool(stored.thumbnail)


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
    sent = list(message.attachments.all())
    pictures = [each for each in sent if each.file.width and not each.file.failed]
    return Shown(pictures, [each for each in sent if each not in pictures])


def shown_size(stored: StoredFile) -> tuple[int, int]:
    """Width and height in CSS pixels of a picture that stands alone: known before it is there, so nothing jumps."""
    return fit(stored.width or 1, stored.height or 1, SHOWN_SIDE)
