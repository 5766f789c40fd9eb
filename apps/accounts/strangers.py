"""Mail to addresses that are no account's, which anybody can ask for: at most so much.

A page must not tell whether somebody has an account, so that it sends mail to any address that is typed there. Without
a ceiling the academy's name would be on as much mail to strangers as somebody likes to type.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from apps.accounts import counting
from apps.accounts.counting import DAY, MINUTE
from apps.accounts.models import Tries

# Emails within so many seconds, for one address that asks (limits.house), and for all of them together.
EACH: Mapping[int, int] = {MINUTE: 30, DAY: 300}
TOGETHER: Mapping[int, int] = {MINUTE: 120, DAY: 3_000}

log = logging.getLogger("homeroom.mail")


def is_stranger(email: str) -> bool:
    """Has nobody who can sign in shown that this address is theirs?"""
    return not EmailAddress.objects.filter(email=email, verified=True, user__is_active=True).exists()


def take(house: str) -> bool:
    """Count one more email that `house` asked for; false, and nothing counted, where a ceiling is reached."""
    now = timezone.now()
    most = {counting.key(f"strangers-{span}", house): (span, amount) for span, amount in EACH.items()}
    most |= {counting.key(f"strangers-{span}", ""): (span, amount) for span, amount in TOGETHER.items()}
    with transaction.atomic():
        rows = counting.rows(sorted(most), now)
        for row in rows:
            span, amount = most[row.key]
            if row.since <= now - timedelta(seconds=span):
                row.count, row.since = 0, now
            if row.count >= amount:
                log.warning("An email to an address without an account isn't sent: there were %s lately", row.count)
                return False
            row.count += 1
        Tries.objects.bulk_update(rows, ["count", "since"])
    return True
