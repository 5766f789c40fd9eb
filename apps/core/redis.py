"""Redis for those who can't wait, and what keys are called there."""

import logging
import threading
import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# For each step of a quick client: connecting, and an answer.
SECONDS = 0.05
PAUSE_SECONDS = 5.0


def key(*parts: object) -> str:
    """A key of this academy's own: others may keep theirs in the same Redis."""
    return settings.REDIS_PREFIX + ":".join(map(str, parts))


def quick(seconds: float = 0.5, url: str = "") -> redis.Redis:
    """A client of REDIS_URL, or of another, that raises RedisError after so many seconds a step, and tries once."""
    return _client(url or settings.REDIS_URL, seconds)


@cache
def _client(url: str, seconds: float) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0)
    )


class Breaker:
    """Spares the many who would wait for a Redis that is away: after a failure nobody asks it for PAUSE_SECONDS."""

    def __init__(self, log: logging.Logger, meanwhile: str) -> None:
        self._log = log
        self._meanwhile = meanwhile
        self._lock = threading.Lock()
        self._away_until: float | None = None

    def may_ask(self) -> bool:
        """Redis answered last time, or it is time to try again: then one request does, and the others go on without."""
        if self._away_until is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._away_until is None or now < self._away_until:
                return self._away_until is None
            self._away_until = now + PAUSE_SECONDS
            return True

    def answered(self) -> None:
        """It is there."""
        self._away_until = None

    def failed(self, error: redis.RedisError) -> None:
        """It is not, or too slow."""
        if self._away_until is None:
            self._log.warning("Redis is away, %s: %s", self._meanwhile, type(error).__name__)
        self._away_until = time.monotonic() + PAUSE_SECONDS
