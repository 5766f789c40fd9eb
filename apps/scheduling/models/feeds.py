"""Feeds: addresses at which a calendar elsewhere reads one person's lessons and events."""

import hashlib
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F

from apps.accounts.models import User
from apps.core.models import Timestamped


class FeedQuerySet(models.QuerySet["Feed"]):
    """Feeds, found through whose they are."""

    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(user=user)

    def of_secret(self, secret: str) -> Self:
        """The one of this address, as long as its person may sign in, and nothing has ended what they had open."""
        return self.filter(digest=digest_of(secret), user__is_active=True, era=F("user__era"))


class Feed(Timestamped):
    """A subscription. Its address is a secret that is shown once: the table has what it hashes to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Only when one is busy, without what it is.
    busy_only = models.BooleanField(default=False)
    # The person's, when it was made: signing out everywhere ends it.
    era = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Feed"]] = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return "Busy times" if self.busy_only else "Calendar"


def digest_of(secret: str) -> str:
    """What is kept of a secret: SHA-256, in hexadecimal. It has 256 bits, so that salt and rounds would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
