"""Where a request comes from, through proxies that may be believed, and where links in mails lead."""

from collections.abc import Iterable
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address

# The address of whoever asks, as text, while their request is answered; None in a job or a command.
asking: ContextVar[str | None] = ContextVar("asking", default=None)


def client_address(request: HttpRequest) -> Address | None:
    """The address of whoever asks; None if a server passes on none that can be read.

    Each proxy adds to X-Forwarded-For who asked it. Read from the end, the first that is no proxy of ours is the
    client; what stands before it, the client may have made up.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    for text in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_proxy(address):
            break
        if not (before := _parse(text)):
            break
        address = before
    return address


def site() -> str:
    """The site's address without a path, for links in mails.

    Not as it was asked for: whoever sends a request writes its Host, and another's program may listen on that port.
    """
    return settings.SITE_URL


def from_proxy(request: HttpRequest) -> bool:
    """Did a proxy of ours pass this on? Then what it says about the request is believed."""
    return _is_proxy(_parse(request.META.get("REMOTE_ADDR", "")))


def is_among(address: Address | None, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Is this address in one of these networks?"""
    return address is not None and any(address in network for network in networks)


def _is_proxy(address: Address | None) -> bool:
    return is_among(address, settings.PROXIES)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # A server that listens on both writes IPv4 addresses as IPv6 ones (RFC 4291, 2.5.5.2).
    return getattr(address, "ipv4_mapped", None) or address
