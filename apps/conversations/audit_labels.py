"""What the audit says of the verbs of conversations."""

LABELS = {
    "conversation.assigned": "gave a conversation to somebody to look after",
    "conversation.exported": "exported a conversation",
    "conversation.locked": "closed a conversation for writing",
    "conversation.unlocked": "opened a conversation for writing",
    "message.deleted": "deleted a message",
    "message.edited": "edited another person's message",
    "message.retracted": "took back a message right after sending",
}
