"""What has to be written to Redis once it is back: nobody waits for it, and it isn't lost with the outage.

It is lost only with the process, if that ends during the outage.
"""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import redis

from apps.core import metrics
from apps.core.redis import Breaker, quick

# How long a request may wait, and how long the end of a process.
SECONDS = 0.25
LAST_SECONDS = 2.0
RETRY_SECONDS = 0.5
MOST = 10_000

# Takes a client; done twice, it leaves what it left done once.
Write = Callable[[Any], object]

log = logging.getLogger("homeroom.jobs")


class Backlog:
    """Writes at once where Redis answers, else in order, from a thread, as soon as it does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: deque[Write] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._redis = Breaker(log, "jobs are queued when it is back")
        atexit.register(self._end)

    def write(self, what: Write) -> None:
        """Do it now, or soon; never raises RedisError, and takes half a second at most."""
        if not self._waiting and self._redis.may_ask():
            try:
                what(quick(SECONDS, self._url))
            except redis.RedisError as error:
                self._redis.failed(error)
            else:
                self._redis.answered()
                return
        self._keep(what)

    def _keep(self, what: Write) -> None:
        with self._lock:
            if len(self._waiting) >= MOST:
                metrics.jobs.labels("any", "lost").inc()
                log.error("Redis is away for too long, a job is lost")
                return
            self._waiting.append(what)
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._catch_up, name="backlog", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        """Until nothing waits."""
        while True:
            try:
                self._waiting[0](quick(url=self._url))
            except redis.RedisError:
                time.sleep(RETRY_SECONDS)
                continue
            with self._lock:
                self._waiting.popleft()
                if not self._waiting:
                    self._redis.answered()
                    self._thread = None
                    return

    def _end(self) -> None:
        if thread := self._thread:
            thread.join(LAST_SECONDS)
