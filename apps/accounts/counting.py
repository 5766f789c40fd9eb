"""Counts that the database keeps, one row a key (models.Tries): shared by all processes and there after a restart."""

from datetime import datetime

from django.utils.crypto import salted_hmac

from apps.accounts.models import Tries

MINUTE, HOUR, DAY = 60, 3600, 86_400


def key(kind: str, of: str) -> str:
    """The name under which something is counted; it doesn't tell what was typed."""
    return salted_hmac("apps.accounts.locks", f"{kind}:{of}", algorithm="sha256").hexdigest()


def rows(keys: list[str], now: datetime) -> list[Tries]:
    """These counts, locked until the end of the transaction; in one order, so that no two wait for each other."""
    Tries.objects.bulk_create((Tries(key=key, since=now) for key in keys), ignore_conflicts=True)
    return list(Tries.objects.select_for_update().filter(key__in=keys).order_by("key"))
