"""One code from several tabs at the same moment, and the last two passkeys removed at once.

Run by test_second_factors.py; prints how many got through.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal import auth as totp  # noqa: E402

from apps.accounts import factors  # noqa: E402
from apps.accounts.models import Role, User  # noqa: E402
from apps.accounts.views_factors import only_way_in  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402


def spend(user: User, code: str) -> int:
    done = at_once(*[lambda: factors.spend(user, code)] * 8, refusals=(factors.UsedError,))
    return sum(isinstance(each, Authenticator) for each in done)


def remove(user: User, passkey: Authenticator) -> bool:
    with factors.recorded(user, user) as before:
        if only_way_in(user, before):
            return False
        passkey.delete()
    return True


if __name__ == "__main__":
    user = User.objects.create_user("sam@homeroom.test", given_name="Sam", role=Role.STAFF)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).generate_codes()
    step = next(totp.yield_hotp_counters_from_time())
    print("app", spend(user, totp.format_hotp_value(totp.hotp_value(secret, step + 1))))
    print("recovery", spend(user, codes[0]))
    keys = [
        Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {}}) for name in "ab"
    ]
    print("removed", sum(map(bool, at_once(*[lambda key=key: remove(user, key) for key in keys]))))
    sys.stdout.flush()
