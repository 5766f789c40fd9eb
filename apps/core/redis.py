"""Redis for those who can't wait."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def quick(seconds: float = 0.5) -> redis.Redis:
    """A client that raises RedisError after this many seconds at most for each step, and never tries twice."""
    return _client(settings.REDIS_URL, seconds)


@cache
def _client(url: str, seconds: float) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=Retry(NoBackoff(), 0)
    )
