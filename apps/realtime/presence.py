"""Who has which place open at this moment.

A page says so again and again for as long as it is shown, and says goodbye when it can; whoever has been silent for
HERE_SECONDS has left. Kept in Redis where several processes serve, in this process otherwise, and also for as long as
Redis is away or hangs: nobody waits for it, and each process then knows those alone whom it has heard itself.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, Protocol

import redis
from django.conf import settings

from apps.core.redis import SECONDS, Breaker, key, quick

# Pages say every 25 seconds that they are still there.
HERE_SECONDS = 35
# Pages that are looked at: beyond, nobody could read the names, and a newcomer isn't told of.
CROWD = 50

log = logging.getLogger("homeroom.realtime")


class Here(NamedTuple):
    """The ids of people in a place, and whether the one who was just heard of came or left with that."""

    people: frozenset[int]
    changed: bool


class Store(Protocol):
    """Where it is kept; a `page` is a person's id, a colon, and a name for one of their pages."""

    def heard(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """The page is open: the pages that were before, and that are now."""

    def left(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """The page is open no longer: the same."""

    def pages(self, places: Sequence[str]) -> list[set[str]]:
        """Of each place the pages that are open."""


class Memory:
    """In this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._swept = time.monotonic()

    def heard(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """See Store."""
        with self._lock:
            now = time.monotonic()
            self._sweep(now)
            before = self._now(place, now)
            self._until[place][page] = now + HERE_SECONDS
            return before, before | {page}

    def left(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """See Store."""
        with self._lock:
            before = self._now(place, time.monotonic())
            if not before - {page}:
                self._until.pop(place, None)
            else:
                self._until[place].pop(page, None)
            return before, before - {page}

    def pages(self, places: Sequence[str]) -> list[set[str]]:
        """See Store."""
        with self._lock:
            return [self._now(place, time.monotonic()) for place in places]

    def _now(self, place: str, now: float) -> set[str]:
        return {page for page, until in self._until.get(place, {}).items() if until > now}

    def _sweep(self, now: float) -> None:
        if now < self._swept + HERE_SECONDS:
            return
        self._swept = now
        kept = {
            place: {page: until for page, until in pages.items() if until > now} for place, pages in self._until.items()
        }
        self._until = defaultdict(dict, {place: pages for place, pages in kept.items() if pages})


class Shared:
    """In Redis, a sorted set for each place; raises RedisError."""

    def heard(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """See Store."""
        before = self._change(place, lambda pipeline, key, now: pipeline.zadd(key, {page: now + HERE_SECONDS}))
        return before, before | {page}

    def left(self, place: str, page: str) -> tuple[set[str], set[str]]:
        """See Store."""
        before = self._change(place, lambda pipeline, key, now: pipeline.zrem(key, page))
        return before, before - {page}

    def pages(self, places: Sequence[str]) -> list[set[str]]:
        """See Store."""
        with quick(SECONDS).pipeline(transaction=False) as pipeline:
            for place in places:
                pipeline.zrangebyscore(key("presence", place), time.time(), "+inf", 0, CROWD)
            return [{page.decode() for page in pages} for pages in pipeline.execute()]

    def _change(self, place: str, change: "Change") -> set[str]:
        place, now = key("presence", place), time.time()
        with quick(SECONDS).pipeline(transaction=False) as pipeline:
            pipeline.zremrangebyscore(place, "-inf", now)
            # The newest: a crowd need not be known to the last.
            pipeline.zrevrange(place, 0, CROWD)
            change(pipeline, place, now)
            pipeline.expire(place, HERE_SECONDS)
            return {page.decode() for page in pipeline.execute()[1]}


class Change(Protocol):
    """What is done with a place's set."""

    def __call__(self, pipeline: "redis.client.Pipeline", key: str, now: float, /) -> object:
        """Add it to the commands."""


class Presence:
    """Who is where."""

    def __init__(self, url: str) -> None:
        self._alone = Memory()
        self._shared = Shared() if url else None
        self._redis = Breaker(log, "each process knows its own readers")

    def heard(self, place: str, user_id: int, page: str) -> Here:
        """A person has a page of theirs open at a place, for HERE_SECONDS from now."""
        before, now = self._ask(lambda store: store.heard(place, f"{user_id}:{page}"))
        return Here(_people(now), len(now) <= CROWD and user_id not in _people(before))

    def left(self, place: str, user_id: int, page: str) -> Here:
        """They close it."""
        before, now = self._ask(lambda store: store.left(place, f"{user_id}:{page}"))
        return Here(_people(now), len(now) <= CROWD and _people(before) != _people(now))

    def people(self, places: Sequence[str]) -> dict[str, frozenset[int]]:
        """Of each place the ids of those who are there."""
        if not places:
            return {}
        found = self._ask(lambda store: store.pages(places))
        return {place: _people(pages) for place, pages in zip(places, found, strict=True)}

    def _ask[Answer](self, ask: Callable[[Store], Answer]) -> Answer:
        if self._shared and self._redis.may_ask():
            try:
                answer = ask(self._shared)
            except redis.RedisError as error:
                self._redis.failed(error)
            else:
                self._redis.answered()
                return answer
        return ask(self._alone)


def _people(pages: set[str]) -> frozenset[int]:
    return frozenset(int(page.split(":", 1)[0]) for page in pages)


@cache
def presence() -> Presence:
    """This process's."""
    return Presence(settings.REDIS_URL)
