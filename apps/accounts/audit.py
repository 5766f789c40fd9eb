"""The record of who did what."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from apps.accounts.models import AuditEntry, User
from apps.core.addresses import asking


def record(actor: User | None, verb: str, thing: Model | None = None, **detail: Any) -> AuditEntry:
    """Write one audit entry, in the transaction of the change that it tells of.

    `verb` is the thing's noun and what happened to it: `invitation.sent`. `detail` is kept for good and can't be
    changed: ids, counts and names of fields, never a person's name, address or texts.
    """
    return AuditEntry.objects.create(actor=actor, verb=verb, thing=thing, detail=detail, address=asking.get())


def record_many(actor: User | None, verb: str, things: Sequence[Model], **detail: Any) -> None:
    """Write one audit entry for each of these things, in one query."""
    address = asking.get()
    AuditEntry.objects.bulk_create(
        AuditEntry(actor=actor, verb=verb, thing=thing, detail=detail, address=address) for thing in things
    )
