"""Events leave a process through a thread, so that no request waits for whatever carries them to other processes.

django-eventstream's own publisher waits about four seconds and raises when Redis is down, and pubcontrol's, for GRIP,
waits without end for a proxy that hangs.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from apps.core import metrics
from apps.realtime.hub import ACCESS

MAX_QUEUED = 10_000
MAX_BATCH = 100
RETRY_SECONDS = 0.5

log = logging.getLogger("homeroom.realtime")

Event = tuple[str, bytes]


class Away(Exception):  # noqa: N818 - what it says, not what went wrong
    """The transport can't be reached or doesn't answer; the text says what it is and why."""


class Transport(Protocol):
    """Carries events to the processes that hold streams; whatever doesn't work within seconds raises Away."""

    def publish(self, events: Sequence[Event]) -> None:
        """Hand over these events, in order."""

    def rights_changed(self, user_ids: Iterable[int]) -> None:
        """Have the open streams of these people asked about again before anything more is sent on them."""

    def resync(self) -> None:
        """Have every stream catch up: events were lost."""


class Sender:
    """Publishes from a thread of its own. Changes of rights go first and are never lost; what else came to be queued in
    an outage follows it, late but harmless. A queue that overflowed ends in a resync.
    """

    def __init__(self, transport: Callable[[], Transport]) -> None:
        self._transport = transport
        self._reset()
        # A forked worker inherits this object but not its thread.
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._wake = threading.Condition()
        self._events: deque[Event] = deque()
        self._rights: set[int] = set()
        self._lost = False
        self._thread: threading.Thread | None = None

    def send(self, channel: str, payload: bytes) -> None:
        """Queue an event for all processes; returns at once, whatever the transport does."""
        with self._wake:
            if channel == ACCESS:
                self._rights.add(int(payload))
            elif len(self._events) < MAX_QUEUED:
                self._events.append((channel, payload))
            else:
                self._lost = True
                metrics.events_published.labels("dropped").inc()
            self._start()

    def resync(self) -> None:
        """Have every stream of every process catch up."""
        with self._wake:
            self._lost = True
            self._start()

    def _start(self) -> None:
        if not self._thread or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="publish", daemon=True)
            self._thread.start()
        self._wake.notify()

    def _run(self) -> None:
        transport = self._transport()
        while True:
            with self._wake:
                while not (self._events or self._rights or self._lost):
                    self._wake.wait()
            try:
                self._hand_over(transport)
            except Away as error:
                log.warning("%s: events wait", error)
                self._recover(transport)

    def _hand_over(self, transport: Transport) -> None:
        """What is queued now, rights first; what Away prevented stays queued."""
        with self._wake:
            rights, lost = set(self._rights), self._lost
            batch = [self._events[n] for n in range(min(len(self._events), MAX_BATCH))]
        if rights:
            transport.rights_changed(rights)
        if lost:
            transport.resync()
        if batch:
            transport.publish(batch)
            metrics.events_published.labels("handed").inc(len(batch))
        with self._wake:
            self._rights -= rights
            self._lost = self._lost and not lost
            for _ in batch:
                self._events.popleft()

    def _recover(self, transport: Transport) -> None:
        """Wait for the transport, and have every stream catch up: readers may have lost what had been handed over."""
        while True:
            time.sleep(RETRY_SECONDS)
            try:
                transport.resync()
            except Away:
                continue
            log.warning("events flow again, streams catch up")
            return
