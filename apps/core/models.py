"""Base models."""

from typing import ClassVar

from django.db import models


class Timestamped(models.Model):
    """When a row was made and last changed (UTC)."""

    created = models.DateTimeField(auto_now_add=True, editable=False)
    updated = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class State(models.TextChoices):
    """What came of a delivery. `sending` holds until `due`: whoever died meanwhile is then taken to have failed."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    SKIPPED = "skipped", "Not needed any more"
    FAILED = "failed", "Given up"


class EmailAttempts(models.Model):
    """A row that leaves as an email (see apps.core.email_delivery): when it is due, and how sending it has gone."""

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    first_tried = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    error = models.CharField(max_length=250, blank=True)

    # The rows that `sent_to` and `told_of` need.
    SHOWN_WITH: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @property
    def sent_to(self) -> str:
        """The person or the address that it goes to."""
        raise NotImplementedError

    @property
    def told_of(self) -> str:
        """What it is about, for admins."""
        raise NotImplementedError
