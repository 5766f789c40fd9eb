"""The verbs of a conversation."""

from apps.conversations.actions.attachments import discard, upload
from apps.conversations.actions.clock import tick
from apps.conversations.actions.direct import open_direct
from apps.conversations.actions.keeping import SPANS, assign, mute
from apps.conversations.actions.locks import ReasonMissing, set_locked
from apps.conversations.actions.messages import (
    delete_message,
    edit_message,
    hide_message,
    restore_message,
    retract_message,
)
from apps.conversations.actions.pins import pin_message, unpin_message
from apps.conversations.actions.reactions import add_reaction, remove_reaction
from apps.conversations.actions.reading import mark_read
from apps.conversations.actions.sending import Unseen, clean_body, send_message

__all__ = [
    "SPANS",
    "ReasonMissing",
    "Unseen",
    "add_reaction",
    "assign",
    "clean_body",
    "delete_message",
    "discard",
    "edit_message",
    "hide_message",
    "mark_read",
    "mute",
    "open_direct",
    "pin_message",
    "remove_reaction",
    "restore_message",
    "retract_message",
    "send_message",
    "set_locked",
    "tick",
    "unpin_message",
    "upload",
]
