"""Invitations that were sent together, and can be stopped together as long as their emails wait.

What has left is for the database to say: the worker claims an email under its row's lock, and what is stopped is
deleted under the same lock. So each email either leaves, once, or is taken back with its invitation.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts import invitations
from apps.accounts.models import Invitation, OutgoingEmail, User
from apps.core.formats import number
from apps.core.models import State


class Sending(NamedTuple):
    """What was sent in one go: how many invitations, how many of them wait until when, how many were taken back."""

    id: UUID
    total: int
    waiting: int
    until: datetime | None
    taken_back: int

    @property
    def seconds_left(self) -> int:
        """In how many seconds, at most, the emails leave; 0 where none waits."""
        left = (self.until - timezone.now()).total_seconds() if self.until else 0
        return max(0, int(left) + 1) if left > 0 else 0

    @property
    def is_open(self) -> bool:
        """Can it be stopped?"""
        return self.seconds_left > 0

    @property
    def said(self) -> str:
        """What became of it, in a sentence."""
        if self.taken_back == self.total:
            return f"Stopped: {_counted(self.total, 'was', 'were')} taken back, and no mail has left."
        left = self.total - self.taken_back
        if self.taken_back:
            return f"{_counted(self.taken_back, 'was', 'were')} taken back; {left} had left already."
        if self.is_open:
            return f"{_counted(left, 'leaves', 'leave')} soon."
        return f"{_counted(left, 'is', 'are')} on the way."

    @classmethod
    def of(cls, sending: UUID, rows: Iterable[Invitation]) -> Self:
        """As it is now."""
        all_of_it = list(rows)
        due = list(_waiting(all_of_it).values_list("due", flat=True))
        revoked = sum(invitation.revoked is not None for invitation in all_of_it)
        return cls(sending, len(all_of_it), len(due), min(due, default=None), revoked)


def _counted(count: int, one: str, many: str) -> str:
    return f"1 invitation {one}" if count == 1 else f"{number(count)} invitations {many}"


def _waiting(rows: Iterable[Invitation]) -> QuerySet[OutgoingEmail]:
    """The emails of these invitations that no mail server was asked to take yet."""
    return OutgoingEmail.objects.filter(invitation__in=list(rows), state=State.WAITING, tries=0)


def find(user: User, sending: UUID) -> Sending | None:
    """What this person sent in one go; None if it is none of theirs."""
    rows = list(_sent_by(user).filter(sending=sending))
    return Sending.of(sending, rows) if rows else None


def open_ones(user: User) -> list[Sending]:
    """What this person sent and can still stop, oldest first."""
    waits = Q(emails__state=State.WAITING, emails__tries=0, emails__due__gt=timezone.now())
    ids = _sent_by(user).filter(waits, sending__isnull=False).order_by("sending").values_list("sending", flat=True)
    found = [sending for sending in (find(user, each) for each in ids.distinct() if each) if sending]
    return sorted(found, key=lambda sending: (sending.until or timezone.now(), sending.id))


def _sent_by(user: User) -> QuerySet[Invitation]:
    return Invitation.objects.visible_to(user).filter(invited_by=user)


@transaction.atomic
def stop(actor: User, sending: UUID) -> Sending:
    """Take back those of these invitations whose emails wait; what the worker has in its hands leaves.

    Raises PermissionDenied for what somebody else sent.
    """
    rows = list(_sent_by(actor).filter(sending=sending).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        raise PermissionDenied("Who sent invitations can stop them.")
    emails = list(_waiting(rows).select_for_update(of=("self",)).order_by("pk"))
    OutgoingEmail.objects.filter(pk__in=[email.pk for email in emails]).delete()
    invitations.revoke_all(actor, [email.invitation_id for email in emails if email.invitation_id])
    return Sending.of(sending, Invitation.objects.filter(pk__in=[row.pk for row in rows]))
