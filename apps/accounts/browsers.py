"""Browsers: what they are called, and which of them an account has signed in with before.

A browser keeps a signed cookie with a mark for each account that signed in there and a name of its own for it. The
mark is a hash, so that the cookie doesn't say whose computer this is.
"""

import secrets
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from ua_parser import parse

from apps.core.email_addresses import comparable

SECONDS = 400 * 86_400  # The longest that browsers keep a cookie (RFC 6265bis, 5.5).
# What is read of a User-Agent, which may say anything, and how much of a name is said.
LENGTH, SHORT = 400, 40
MOST = 20  # Accounts in one browser; the one that signed in longest ago is forgotten first.
_signer = Signer(salt="apps.accounts.browsers")


class Browser(NamedTuple):
    """What a browser says that it is: `Firefox` on `Windows`, and a Lucide icon for the device."""

    name: str
    system: str
    icon: str

    def __str__(self) -> str:
        return f"{self.name} on {self.system}" if self.system else self.name


def named(agent: str) -> Browser:
    """The browser behind a User-Agent header."""
    found = parse(agent[:LENGTH])
    name = found.user_agent.family[:SHORT] if found.user_agent else ""
    system = found.os.family[:SHORT] if found.os else ""
    device = found.device.family if found.device else ""
    # Android leaves the word out on tablets; iPads say so where they don't pose as a Mac.
    if system in {"iOS", "Android"}:
        phone = "Mobile" in agent and device != "iPad"
        return Browser(name or "A browser", system, "smartphone" if phone else "tablet")
    return Browser(name or "A browser", system, "monitor")


def cookie_name() -> str:
    """The cookie's name."""
    return f"{settings.COOKIE_PREFIX}known"


def known(request: HttpRequest, email: str) -> str | None:
    """The name that this browser has for the account of this address; None if it never signed in here."""
    return _read(request).get(_mark(email))


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Have the browser know this account from now on."""
    names = _read(request)
    name = names.pop(_mark(email), None) or secrets.token_urlsafe(9)
    names[_mark(email)] = name
    for mark in list(names)[:-MOST]:
        del names[mark]
    response.set_cookie(
        cookie_name(),
        _signer.sign_object(list(names.items())),
        max_age=SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, str]:
    try:
        return dict(_signer.unsign_object(request.COOKIES.get(cookie_name(), "")))
    except (BadSignature, ValueError):
        return {}


def _mark(email: str) -> str:
    return salted_hmac("apps.accounts.browsers", comparable(email), algorithm="sha256").hexdigest()[:20]
