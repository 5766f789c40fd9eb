"""How often a person may do a thing, and how often an address may: settings.LIMITS and LIMIT_ADDRESS.

Counted in Redis where several processes serve, in this process otherwise, and also for as long as Redis is away or
hangs: asking it may cost one request about a tenth of a second, and then none for PAUSE_SECONDS. A count is of a
sliding window, kept as two numbers (https://blog.cloudflare.com/counting-things-a-lot-of-different-things).
"""

import logging
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_network
from math import ceil
from typing import Concatenate

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItem
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import RedisError

from apps.core import metrics
from apps.core.addresses import Address, client_address
from apps.core.redis import SECONDS, Breaker, key, quick
from apps.core.views import typed_text

DOING = {
    "posts": "sending",
    "typing": "typing",
    "uploads": "uploading",
    "search": "searching",
    "certificates": "verifying",
    "exports": "exporting",
    "codes": "trying codes",
    "support": "writing to support",
    "flags": "reporting",
    "feeds": "reading this calendar",
}
# Said before the seconds, where a person isn't to feel told off.
KINDLY = {
    "support": "You have written a lot in a short time. All of it has arrived, and we answer as soon as we can.",
}

log = logging.getLogger("homeroom.limits")


class Counts:
    """Counts what is done: together with the other processes when that takes no time, else alone."""

    def __init__(self, url: str) -> None:
        self._alone = MemoryStorage()
        self._shared = RedisStorage(url, quick(SECONDS).connection_pool, key("limits")) if url else None
        self._redis = Breaker(log, "each process counts for itself")

    def take(self, limit: RateLimitItem, *what: str) -> int:
        """Count one more, or say in how many seconds (1 or more) it may be tried again; 0 if it was counted."""
        if self._shared and self._redis.may_ask():
            try:
                wait = _take(self._shared, limit, what)
            except RedisError as error:
                self._redis.failed(error)
            else:
                self._redis.answered()
                return wait
        return _take(self._alone, limit, what)


def _take(storage: MemoryStorage | RedisStorage, limit: RateLimitItem, key: tuple[str, ...]) -> int:
    if SlidingWindowCounterRateLimiter(storage).hit(limit, *key):
        return 0
    seconds = limit.get_expiry()
    before, before_ends_in, now, now_ends_in = storage.get_sliding_window(limit.key_for(*key), seconds)
    if now >= limit.amount:
        return max(1, ceil(now_ends_in - seconds))
    # What was done in the window before this one counts less and less until there is room again.
    return max(1, ceil(before_ends_in - (limit.amount - now) * seconds / max(before, 1)))


_counts: Counts | None = None


def counts() -> Counts:
    """This process's."""
    global _counts
    if _counts is None:
        _counts = Counts(settings.REDIS_URL)
    return _counts


def check(request: HttpRequest, name: str) -> int:
    """Count one more of `name` (a key of settings.LIMITS) for who asks; 0 if they may, else the seconds to wait."""
    limit: RateLimitItem = settings.LIMITS[name]
    if request.user.is_authenticated and (wait := counts().take(limit, name, "person", str(request.user.pk))):
        metrics.limited.labels(name, "person").inc()
        return wait
    together = type(limit)(limit.amount * settings.LIMIT_ADDRESS, limit.multiples)
    if wait := counts().take(together, name, "address", house(client_address(request))):
        metrics.limited.labels(name, "address").inc()
    return wait


def house(address: Address | None) -> str:
    """What is counted as one address: of IPv6, the network that one customer gets (RFC 6177)."""
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)


def refuse(request: HttpRequest, name: str, wait: int) -> HttpResponse:
    """The answer to what came too quickly: 429 with Retry-After, and what was typed where no script keeps it."""
    context = {"doing": DOING[name], "kindly": KINDLY.get(name, ""), "wait": wait, "typed": typed_text(request)}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def limited[**P](
    name: str, *methods: str
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Have a view refuse what comes too quickly, of these methods or of any."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if (not methods or request.method in methods) and (wait := check(request, name)):
                return refuse(request, name, wait)
            return view(request, *args, **kwargs)

        return checked

    return decorate
