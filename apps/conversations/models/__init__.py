"""The one engine for every kind of talk: conversations, who takes part, messages."""

from apps.conversations.audience import Audience
from apps.conversations.models.conversations import FOREVER, MAX_UNREAD, Conversation, Pair, Participant
from apps.conversations.models.messages import (
    LONGEST_BODY,
    MAX_BODY,
    Attachment,
    Mention,
    Message,
    MessageQuerySet,
    Reaction,
    Revision,
    files,
    parts,
)

__all__ = [
    "FOREVER",
    "LONGEST_BODY",
    "MAX_BODY",
    "MAX_UNREAD",
    "Attachment",
    "Audience",
    "Conversation",
    "Mention",
    "Message",
    "MessageQuerySet",
    "Pair",
    "Participant",
    "Reaction",
    "Revision",
    "files",
    "parts",
]
