"""What the audit says of the verbs of support."""

LABELS = {
    "agent.away": "went away from support",
    "agent.back": "came back to support",
    "ticket.all-returned": "put all their support tickets back into the queue",
    "ticket.closed": "closed a support ticket",
    "ticket.labelled": "changed the labels of a support ticket",
    "ticket.reopened": "reopened a support ticket",
    "ticket.snoozed": "snoozed a support ticket",
    "ticket.sorted": "changed the topic or priority of a support ticket",
    "ticket.woken": "ended the snooze of a support ticket",
    "ticket.transcript-sent": "sent the transcript of a support ticket to its person",
}
