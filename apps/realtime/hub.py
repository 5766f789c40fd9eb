"""Hands each published event to the streams of this process.

One event is encoded once and the same bytes go to every reader. A waiting stream is a coroutine with a short queue: no
thread, no database connection, no timer of its own.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

KEEP_ALIVE_SECONDS = 20
# A reader this far behind has stopped reading. It is cut off; when it comes back it catches up from the database.
MAX_PENDING = 256

# In the place of a channel's name: the payload is the id of a person whose rights changed.
ACCESS = "!access"

OPEN = b"event: stream-open\ndata:\n\n"
KEEP_ALIVE = b"event: keep-alive\ndata:\n\n"


class Subscription:
    """One open stream."""

    __slots__ = ("channels", "closed", "pending", "suspect", "user_id", "waiter")

    def __init__(self, user_id: int, channels: Iterable[str]) -> None:
        self.user_id = user_id
        self.channels = frozenset(channels)
        self.pending: deque[bytes] = deque()
        self.waiter: asyncio.Future[None] | None = None
        self.closed = False
        # The reader's rights may have changed: ask again before anything more is sent.
        self.suspect = False

    def push(self, payload: bytes) -> None:
        """Queue an event; a reader that is too far behind is closed instead."""
        if len(self.pending) >= MAX_PENDING:
            self.close()
            return
        self.pending.append(payload)
        self._wake()

    def close(self) -> None:
        """End the stream; what is still queued is dropped."""
        self.closed = True
        self.pending.clear()
        self._wake()

    def doubt(self) -> None:
        """Have the reader's rights asked again before the next event."""
        self.suspect = True
        self._wake()

    def _wake(self) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    async def next(self) -> bytes:
        """All that is queued, joined, as soon as there is any; empty once the stream is closed or in doubt."""
        while not self.pending and not self.closed and not self.suspect:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        if self.suspect:
            return b""
        payload = b"".join(self.pending)
        self.pending.clear()
        return payload


class Hub:
    """The open streams of one process. All but `publish` and `resync` runs on the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_channel: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._all: set[Subscription] = set()
        self._ticker: asyncio.Task[None] | None = None
        # Counts changes of rights, so that one which came while a new stream was being asked about isn't missed.
        self.changes_of_rights = 0

    def subscribe(self, user_id: int, channels: Iterable[str]) -> Subscription:
        """Open a stream on these channels: whatever is published from now on reaches it."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._ticker = loop, loop.create_task(self._keep_alive())
        subscription = Subscription(user_id, channels)
        self._all.add(subscription)
        for channel in subscription.channels:
            self._by_channel[channel].add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a stream."""
        self._all.discard(subscription)
        for channel in subscription.channels:
            readers = self._by_channel[channel]
            readers.discard(subscription)
            if not readers:
                del self._by_channel[channel]

    def publish(self, channel: str, payload: bytes) -> None:
        """Hand an encoded event to this process's readers of a channel; from any thread, without waiting."""
        self._call(self._deliver, channel, payload)

    def resync(self) -> None:
        """Events were lost, changes of rights perhaps among them: every reader is asked about and catches up."""
        self._call(self._deliver, None, OPEN)
        self._call(self._doubt, None)

    def _call(self, act: Callable[..., None], *args: object) -> None:
        if self._loop is None or self._loop.is_closed():
            return  # Nobody has ever read here.
        self._loop.call_soon_threadsafe(act, *args)

    def _doubt(self, user_id: int | None) -> None:
        self.changes_of_rights += 1
        for subscription in tuple(self._all):
            if user_id in {None, subscription.user_id}:
                subscription.doubt()

    def _deliver(self, channel: str | None, payload: bytes) -> None:
        if channel == ACCESS:
            self._doubt(int(payload))
            return
        readers = self._all if channel is None else self._by_channel.get(channel, ())
        for subscription in tuple(readers):
            subscription.push(payload)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            self._deliver(None, KEEP_ALIVE)


hub = Hub()
