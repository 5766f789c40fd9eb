"""What many cause at once is done a few times: at once, and then at most once in a while for the same thing."""

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable

from django.db import DatabaseError, connections

log = logging.getLogger("homeroom.realtime")


class Paced[Key: Hashable]:
    """Does `act(key)` when asked, but not twice within `seconds`: what is asked for too soon is done once, at its end.

    That later time is another thread's. What a process that dies still had to do is lost.
    """

    def __init__(self, seconds: float, act: Callable[[Key], None]) -> None:
        self.seconds = seconds
        self._act = act
        self._reset()
        # A forked worker inherits this object but not its thread.
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Key, float] = {}  # When it may be done again.
        self._asked: set[Key] = set()
        self._thread: threading.Thread | None = None

    def soon(self, key: Key) -> None:
        """Do it now, or as soon as it may be done again."""
        with self._lock:
            now = time.monotonic()
            if self._next.get(key, 0) > now:
                self._asked.add(key)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="paced", daemon=True)
                    self._thread.start()
                return
            self._begin(key, now)
        self._act(key)

    def _begin(self, key: Key, now: float) -> None:
        if len(self._next) > 1_000:
            self._next = {key: moment for key, moment in self._next.items() if moment > now}
        self._next[key] = now + self.seconds

    def _run(self) -> None:
        """Do what was asked for too soon; end when there is none of it left."""
        try:
            while (wait := self._wait()) is not None:
                time.sleep(wait)
                for key in self._due():
                    self._try(key)
        finally:
            connections.close_all()

    def _wait(self) -> float | None:
        with self._lock:
            if not self._asked:
                self._thread = None
                return None
            return max(0.0, min(self._next[key] for key in self._asked) - time.monotonic())

    def _due(self) -> list[Key]:
        with self._lock:
            now = time.monotonic()
            due = [key for key in self._asked if self._next[key] <= now]
            self._asked.difference_update(due)
            for key in due:
                self._begin(key, now)
            return due

    def _try(self, key: Key) -> None:
        try:
            self._act(key)
        except DatabaseError as error:
            log.warning("not done, the database is away: %s", type(error).__name__)
            connections.close_all()
