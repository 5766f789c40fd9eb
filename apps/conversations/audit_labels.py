"""What the audit says of the verbs of conversations."""

LABELS = {
    "conversation.assigned": "assigned a conversation",
    "conversation.exported": "exported a conversation",
    "conversation.locked": "closed a conversation for writing",
    "conversation.unlocked": "reopened a conversation",
    "message.deleted": "deleted a message",
    "message.edited": "edited another person's message",
    "message.hidden": "hid a message",
    "message.restored": "restored a message that was deleted",
    "message.retracted": "took back a message right after sending",
}
