"""What the audit says of the verbs of notifications."""

LABELS = {
    "notifications.chosen": "chose what reaches them",
    "notifications.scheduled": "chose when it reaches them",
}
