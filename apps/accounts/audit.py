"""The record of who did what."""

from typing import Any

from django.db.models import Model

from apps.accounts.models import AuditEntry, User


def record(actor: User | None, verb: str, thing: Model | None = None, **detail: Any) -> AuditEntry:
    """Write one audit entry, in the transaction of the change that it tells of."""
    return AuditEntry.objects.create(actor=actor, verb=verb, thing=thing, detail=detail)
