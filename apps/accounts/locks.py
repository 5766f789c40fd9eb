"""Wrong passwords and codes are slowed and then locked, per account and per address.

Whether the account exists makes no difference: the same counts, the same words. A try is counted before it is looked
at, so that many at once don't slip through, and taken back where it was right.

An address may be a whole school: it may be wrong far more often, and a day's worth of wrong tries doesn't lock it. From
then on a right password there is followed by a code by mail: one pupil can't keep a school out, and whoever finds
passwords by trying one at many accounts gets into none. And a browser where this account signed in before is
counted by itself (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): whoever locks
an account, or the school's address, locks out no one who sits where they always sit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.accounts import audit, browsers, counting, outgoing_email
from apps.accounts.counting import DAY, HOUR, MINUTE
from apps.accounts.models import Tries, User
from apps.core.addresses import client_address, site
from apps.core.email_addresses import comparable
from apps.core.limits import house


class Stairs(NamedTuple):
    """Within a span of so many seconds, after so many wrong tries: how many seconds to wait."""

    span: int
    waits: Mapping[int, int]


ACCOUNT = Stairs(DAY, {5: MINUTE, 10: 15 * MINUTE, 15: HOUR, 20: DAY})
ADDRESS = {"minute": Stairs(MINUTE, {60: MINUTE}), "day": Stairs(DAY, {1000: DAY})}
SUSPECT = "day"  # These stairs of an address ask for a code; the others make it wait.


class LockedError(ValidationError):
    """There were too many wrong tries; says in how long there may be another."""

    def __init__(self, seconds: float, *, account: bool) -> None:
        self.wait = max(1, ceil(seconds))
        way_out = " A new password lets you in at once." if account and self.wait > HOUR else ""
        super().__init__(f"Too many wrong tries. Try again in {in_words(self.wait)}.{way_out}", code="locked")


@dataclass
class Attempt:
    """One try at one account: say what became of it."""

    request: HttpRequest
    email: str
    stairs: Mapping[str, Stairs]
    # Until when there can't be another, by key, if this one is wrong.
    waits: dict[str, datetime] = field(default_factory=dict)

    def was_right(self) -> None:
        """It doesn't count."""
        Tries.objects.filter(key__in=self.stairs, count__gt=0).update(count=F("count") - 1)
        for key, until in self.waits.items():
            Tries.objects.filter(key=key, until=until).update(until=None)

    def was_wrong(self, method: str) -> None:
        """It was counted; record it (`method` is what was wrong: `password`, `code`) and tell of a lock."""
        user = User.objects.filter(email=self.email).first()
        audit.record(None, "user.sign-in-failed", user, method=method)
        tomorrow = timezone.now() + timedelta(seconds=DAY - HOUR)
        locked = [self.stairs[key] for key, until in self.waits.items() if until > tomorrow]
        if ADDRESS[SUSPECT] in locked:
            audit.record(None, "address.suspect")
        if ACCOUNT in locked:
            audit.record(None, "user.locked", user)
            reset = site() + reverse("account_reset_password")
            # For an address without an account too, which takes as long: sending it finds out.
            outgoing_email.send([outgoing_email.email(self.email, "Locked account", "locked", reset=reset)])


def begin(request: HttpRequest, email: str) -> Attempt:
    """Count a try at the account of this address, before it is looked at; raise LockedError where it has to wait."""
    email = comparable(email)
    now = timezone.now()
    attempt = Attempt(request, email, _stairs(request, email))
    with transaction.atomic():
        rows = counting.rows(sorted(attempt.stairs), now)
        ahead = {row.key: row.until for row in rows if row.until and row.until > now}
        waiting = {key: until for key, until in ahead.items() if attempt.stairs[key] is not ADDRESS[SUSPECT]}
        if waiting:
            key = max(waiting, key=lambda key: waiting[key])
            raise LockedError((waiting[key] - now).total_seconds(), account=attempt.stairs[key] is ACCOUNT)
        for row in rows:
            _count(row, attempt.stairs[row.key], now)
            if row.until and row.key not in ahead:
                attempt.waits[row.key] = row.until
        Tries.objects.bulk_update(rows, ["count", "since", "until"])
    return attempt


def guarded[T](request: HttpRequest, email: str, method: str, check: Callable[[], T]) -> T:
    """What `check` gives, which raises ValidationError for what was wrong; counted, and refused while locked."""
    attempt = begin(request, email)
    try:
        right = check()
    except ValidationError:
        attempt.was_wrong(method)
        raise
    attempt.was_right()
    return right


def forget(request: HttpRequest, email: str) -> None:
    """Whoever reads the mail of this account has a new password: it is open again."""
    email = comparable(email)
    Tries.objects.filter(key__in=[key for key, stairs in _stairs(request, email).items() if stairs is ACCOUNT]).delete()
    Tries.objects.filter(key=counting.key("account", email)).delete()


def asks_code(request: HttpRequest, email: str) -> bool:
    """Has its address been wrong for a day's worth, so that a password isn't enough in this browser?"""
    keys = [key for key, stairs in _stairs(request, comparable(email)).items() if stairs is ADDRESS[SUSPECT]]
    return Tries.objects.filter(key__in=keys, until__gt=timezone.now()).exists()


def in_words(seconds: int) -> str:
    """How long that is, rounded up: `40 seconds`, `15 minutes`, `24 hours`."""
    size, name = next(pair for pair in ((HOUR, "hour"), (MINUTE, "minute"), (1, "second")) if seconds >= pair[0])
    number = ceil(seconds / size)
    return f"{number} {name}{'' if number == 1 else 's'}"


def _stairs(request: HttpRequest, email: str) -> dict[str, Stairs]:
    """What counts this try, by key."""
    if browser := browsers.known(request, email):
        return {counting.key("browser", browser): ACCOUNT}
    address = house(client_address(request))
    return {counting.key("account", email): ACCOUNT} | {
        counting.key(span, address): stairs for span, stairs in ADDRESS.items()
    }


def _count(row: Tries, stairs: Stairs, now: datetime) -> None:
    if row.since <= now - timedelta(seconds=stairs.span):
        row.count, row.since = 0, now
    row.count += 1
    wait = stairs.waits.get(row.count)
    if wait:
        row.until = now + timedelta(seconds=wait)
    elif row.until and row.until <= now:
        row.until = None
