"""Where allauth's second factors meet Homeroom."""

import ipaddress
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from ua_parser import parse

from apps.accounts import sealing
from apps.accounts.models import User


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The academy's name in people's apps and passkeys; secrets are kept sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": "Recovery codes come with an authenticator app or a passkey: add one first.",
        "incorrect_code": "This code is wrong. Look for the newest one and try again.",
    }

    def encrypt(self, text: str) -> str:
        """For the database: an app's secret, the seed of recovery codes."""
        return sealing.factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was encrypted; UnreadableError."""
        return sealing.factors.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        """What the app calls us."""
        return settings.ACADEMY_NAME

    def _get_site_name(self) -> str:
        return settings.ACADEMY_NAME

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """What a passkey is called until its owner says better: the device that it is made on."""
        said = parse(context.request.headers.get("User-Agent", "")[:500])
        device = said.device.family if said.device else ""
        system = said.os.family if said.os else ""
        if device in {"iPhone", "iPad", "Mac"}:
            return device
        return {"Mac OS X": "Mac", "Linux": "Linux computer", "Windows": "Windows computer"}.get(
            system, system
        ) or "Passkey"


def can_have_passkeys(request: HttpRequest) -> bool:
    """Is the host in the address one for passkeys? They belong to names, not to addresses (WebAuthn, 5.1.2)."""
    name, _ = split_domain_port(request.get_host())
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return True
    return False
