"""Second factors: the authenticator app, passkeys and recovery codes of a person (the rows are allauth's)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from allauth.account.adapter import get_adapter
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import audit, policies, sealing
from apps.accounts.models import User

APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES


class Factors(NamedTuple):
    """What a person has besides a password."""

    app: Any | None
    passkeys: list[Any]
    codes: Any | None

    @property
    def any(self) -> bool:
        """Is one of them asked for after the password? Recovery codes alone are not."""
        return bool(self.app or self.passkeys)

    @property
    def named(self) -> list[str]:
        """What is asked for after the password, in words: `authenticator app`, `2 passkeys`."""
        count = len(self.passkeys)
        passkeys = "a passkey" if count == 1 else f"{count} passkeys" if count else ""
        return list(filter(None, ("authenticator app" if self.app else "", passkeys)))

    @property
    def codes_left(self) -> int:
        """How many recovery codes have not been used."""
        if not self.codes:
            return 0
        return int(app_settings.RECOVERY_CODE_COUNT) - int(self.codes.data["used_mask"]).bit_count()


def factors_of(user: User) -> Factors:
    """All of them, in one query; the newest passkey last."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    first = {row.type: row for row in reversed(rows)}
    return Factors(first.get(APP), [row for row in rows if row.type == PASSKEY], first.get(CODES))


def asked_by_mail(user: User) -> bool:
    """Is this person, without a factor of their own, asked for a code by e-mail after the password?"""
    return user.role in settings.SECOND_FACTOR and not user.password_only


@contextmanager
def recorded(actor: User, user: User) -> Iterator[Factors]:
    """One transaction whose audit entries tell which factors it added, replaced and took away.

    Two changes to one person's factors take turns: the block is given what they have once it is its turn.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        before = factors_of(user)
        yield before
        rows = [_rows(before), _rows(factors_of(user))]
        for kind in Authenticator.Type:
            old, new = ({row.pk for row in part if row.type == kind} for part in rows)
            if gone := len(old - new):
                verb = "factor.replaced" if new - old else "factor.removed"
                audit.record(actor, verb, user, kind=kind.value, count=gone)
            elif new - old:
                audit.record(actor, "factor.added", user, kind=kind.value)


def _rows(factors: Factors) -> list[Any]:
    return [row for row in (factors.app, *factors.passkeys, factors.codes) if row]


def remove_all(actor: User, user: User) -> None:
    """For who has lost the phone and the recovery codes; they are told by mail. PermissionDenied where not allowed."""
    if not policies.can_remove_factors(actor, user):
        raise PermissionDenied
    with recorded(actor, user) as before:
        Authenticator.objects.filter(user_id=user.pk).delete()
        if before.any:
            tell = partial(get_adapter().send_mail, "mfa/email/factors_removed", user.email, {"user": user})
            transaction.on_commit(tell)


class UsedError(Exception):
    """The code is right, and has been used."""


def step_of(secret: str, code: str) -> int | None:
    """The time step (RFC 6238) whose code this is: this one, or one of its neighbours as phones' clocks are off."""
    for step in totp.yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, step))):
            return int(step)
    return None


def spend(user: User, code: str) -> Any | None:
    """The app or the recovery codes that this code is of, and which it can't be used with again; None if it is wrong.

    Raises UsedError for a code of the app that was used, and UnreadableError.
    """
    factors = factors_of(user)
    if factors.app and spend_step(factors.app, code):
        return factors.app
    if factors.codes and factors.codes.wrap().validate_code(code):
        return factors.codes
    return None


def spend_step(app: Any, code: str) -> bool:
    """Is it a code of this app? Its time step and all before it are over then, whichever process is asked next."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=app.pk)
        step = step_of(sealing.factors.unseal(held.data["secret"]), code)
        if step is None:
            return False
        if step <= held.data.get("step", -1):
            raise UsedError
        held.data["step"] = step
        held.save(update_fields=["data"])
    return True


def reseal() -> int:
    """Seal every secret with the key of now; returns how many there were. Raises UnreadableError, and then
    leaves all as they were.
    """
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(type__in=(APP, CODES)).order_by("pk")
        count = 0
        for row in rows.iterator(chunk_size=500):
            name = "secret" if row.type == APP else "seed"
            row.data[name] = sealing.factors.seal(sealing.factors.unseal(row.data[name]))
            row.save(update_fields=["data"])
            count += 1
    return count
