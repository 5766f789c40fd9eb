"""Emails of accounts that wait to be sent."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.models import EmailAttempts, State


class OutgoingEmail(EmailAttempts):
    """An email to one address: a code, a link, a notice. It is deleted when it was sent.

    `content` is what its composer (apps.accounts.outgoing_email) needs, sealed: a code or a link in it is as good as a
    password until `expires`, when it is emptied.
    """

    # What was typed, where it is for an address that nobody may have: of any length.
    to = models.TextField()
    about = models.CharField(max_length=60)
    composer = models.CharField(max_length=30)
    content = models.TextField(blank=True)
    # A person waits for it on a page.
    urgent = models.BooleanField(default=False)
    # What it brings: no email leaves about an invitation that was taken back.
    invitation = models.ForeignKey("accounts.Invitation", null=True, on_delete=models.CASCADE, related_name="emails")
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()

    objects: ClassVar[models.Manager["OutgoingEmail"]] = models.Manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="outgoing_email_in_a_known_state")
        ]
        indexes = [
            models.Index(
                fields=["due"], condition=Q(state__in=[State.WAITING, State.SENDING]), name="outgoing_emails_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.to}"

    @property
    def sent_to(self) -> str:
        """The address."""
        return self.to

    @property
    def told_of(self) -> str:
        """What it is about."""
        return self.about
