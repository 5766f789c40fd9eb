"""What the audit says of the verbs of notifications."""

LABELS = {
    "delivery.retried": "had mails sent again that were given up",
    "notifications.chosen": "chose what reaches them",
    "notifications.scheduled": "chose when it reaches them",
}
