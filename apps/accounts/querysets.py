"""How the rows of accounts are found."""

import hashlib
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from apps.core.finding import every_word

if TYPE_CHECKING:
    from apps.accounts.models import Invitation, User  # noqa: F401 - the first in a string


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, found through what a person may see."""

    def visible_to(self, user: "User") -> Self:
        """All for admins and staff, those they sent for a teacher, none for a student."""
        if user.sees_all:
            return self
        return self.filter(invited_by=user) if user.role == "teacher" else self.none()

    def pending(self) -> Self:
        """Those that can still be accepted."""
        return self.unfinished().filter(expires__gt=timezone.now())

    def unfinished(self) -> Self:
        """Those that were neither accepted nor revoked; of these, some have expired."""
        return self.filter(accepted=None, revoked=None)

    def in_state(self, state: str) -> Self:
        """Those that are pending, accepted, revoked or expired now; all for anything else."""
        match state:
            case "pending":
                return self.pending()
            case "expired":
                return self.unfinished().filter(expires__lte=timezone.now())
            case "accepted" | "revoked":
                return self.filter(**{f"{state}__isnull": False})
        return self

    def search(self, text: str) -> Self:
        """Those in whose address or name every word of `text` is found."""
        return self.filter(every_word(text, "email", "given_name", "family_name"))

    def for_token(self, token: str) -> Self:
        """The one that a link leads to."""
        return self.filter(token_hash=hash_of(token))


def hash_of(token: str) -> str:
    """What is kept of a token with its invitation: whoever reads that can't accept with it."""
    return hashlib.sha256(token.encode()).hexdigest()
