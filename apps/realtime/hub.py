"""Hands each published event to the streams of this process.

One event is encoded once and the same bytes go to every reader. A waiting stream is one coroutine that waits for its
reader to go away: no thread, no database connection and no task of its own, and a timer only where the clock ends the
reader's right.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from apps.core import metrics

KEEP_ALIVE_SECONDS = 20
# A reader so far behind has stopped reading. It is cut off; when it comes back it catches up from the database.
MAX_PENDING = 256
MAX_PENDING_BYTES = 1_000_000
# Between two questions about a right that should have ended by now.
MIN_WAIT_SECONDS = 0.05
# After an outage each process that came back says so: once is enough for the readers.
RESYNC_SECONDS = 0.5

# In the place of a channel's name: the payload is the id of a person whose rights changed.
ACCESS = "!access"

OPEN = b"event: stream-open\ndata:\n\n"
KEEP_ALIVE = b"event: keep-alive\ndata:\n\n"

Send = Callable[[dict[str, Any]], Awaitable[None]]
# Whether the reader may still read all of this stream; where the clock ends that right, the moment.
Ask = Callable[[], Awaitable[bool | datetime]]


class Subscription:
    """One open stream."""

    __slots__ = (
        *("_ask", "_asking", "_doubts", "_pending", "_send", "_size", "_task", "_timer", "_writing"),
        *("channels", "closed", "dropped", "user_id"),
    )

    def __init__(self, user_id: int, channels: Iterable[str], send: Send, ask: Ask) -> None:
        self.user_id = user_id
        self.channels = frozenset(channels)
        self.closed = False
        # Cut off because the reader takes nothing any more: there is no way to say goodbye either.
        self.dropped = False
        self._send = send
        self._ask = ask
        self._pending: list[bytes] = []
        self._size = 0
        # Until `run`, nothing is written: the headers come first.
        self._writing: asyncio.Task[None] | bool | None = True
        self._asking: asyncio.Task[None] | None = None
        self._doubts = 0
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None

    def push(self, payload: bytes) -> None:
        """Queue an event, which `flush` sends; a reader that is too far behind is cut off instead."""
        if self.closed:
            return
        self._pending.append(payload)
        self._size += len(payload)
        if len(self._pending) > MAX_PENDING or self._size > MAX_PENDING_BYTES:
            self.dropped = True
            metrics.readers_dropped.inc()
            self.close()

    def flush(self) -> None:
        """Send what is queued, unless the reader is still busy with what came before or must be asked about first."""
        if self._writing or self._asking or not self._pending:
            return
        self._writing = True
        # Eager: where the server takes it at once, nothing is left to the event loop.
        task = asyncio.Task(self._write(), loop=asyncio.get_running_loop(), eager_start=True)
        if task.done():
            self._written(task)
        else:
            self._writing = task
            task.add_done_callback(self._written)

    async def _write(self) -> None:
        while self._pending and not self._asking:
            payload = b"".join(self._pending)
            self._pending.clear()
            self._size = 0
            await self._send({"type": "http.response.body", "body": payload, "more_body": True})

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        if task.cancelled() or task.exception():
            self.close()
        else:
            self.flush()

    def doubt(self) -> None:
        """Have the reader's rights asked again before anything more is sent."""
        self._doubts += 1
        if not self._asking and not self.closed:
            self._asking = asyncio.ensure_future(self._ask_again())

    async def _ask_again(self) -> None:
        asked = -1
        while asked != self._doubts:
            asked = self._doubts
            may = await self._ask()
            if not may:
                self.close()
                return
        self.ask_at(may if isinstance(may, datetime) else None)
        self._asking = None
        self.flush()

    def ask_at(self, moment: datetime | None) -> None:
        """Have the reader's rights asked again at this moment, by the clock alone; None for never."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if moment and not self.closed:
            # The clock that the loop measures with may be ahead of the one on the wall: never ask in a circle.
            wait = max(MIN_WAIT_SECONDS, (moment - datetime.now(UTC)).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(wait, self._ask_by_the_clock, moment)

    def _ask_by_the_clock(self, moment: datetime) -> None:
        if moment > datetime.now(UTC):
            self.ask_at(moment)  # The loop was early, or the wall's clock was set back.
        else:
            self.doubt()

    def close(self) -> None:
        """End the stream; what is still queued is dropped."""
        if self.closed:
            return
        self.closed = True
        self.ask_at(None)
        self._pending.clear()
        if isinstance(self._writing, asyncio.Task):
            self._writing.cancel()
        if self._task:
            self._task.cancel()

    async def run(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """Pass events on until the reader goes away, falls too far behind, or may no longer read all of it."""
        self._task = asyncio.current_task()
        if self.closed:
            return
        self._writing = None
        self.flush()
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self.closed:
                raise  # The server stops.
            if self._task:
                self._task.uncancel()
        finally:
            self._task = None

    def forget(self) -> None:
        """End what was begun for this stream."""
        self.close()
        if self._asking:
            self._asking.cancel()


class Hub:
    """The open streams of one process. All but `publish` and `resync` runs on the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_channel: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._all: set[Subscription] = set()
        self._by_person: Counter[int] = Counter()
        self._ticker: asyncio.Task[None] | None = None
        # Streams with something to send: events that come together leave together.
        self._dirty: set[Subscription] = set()
        self._resync_at = 0.0
        # Counts changes of rights, so that one which came while a new stream was being asked about isn't missed.
        self.changes_of_rights = 0

    def open_streams(self, user_id: int) -> int:
        """How many streams this person has open here."""
        return self._by_person[user_id]

    def subscribe(self, user_id: int, channels: Iterable[str], send: Send, ask: Ask) -> Subscription:
        """Open a stream on these channels: whatever is published from now on reaches it."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._ticker = loop, loop.create_task(self._keep_alive())
        subscription = Subscription(user_id, channels, send, ask)
        self._all.add(subscription)
        self._by_person[user_id] += 1
        for channel in subscription.channels:
            self._by_channel[channel].add(subscription)
        metrics.streams_open.inc()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a stream."""
        subscription.forget()
        self._all.discard(subscription)
        self._by_person[subscription.user_id] -= 1
        if not self._by_person[subscription.user_id]:
            del self._by_person[subscription.user_id]
        for channel in subscription.channels:
            readers = self._by_channel[channel]
            readers.discard(subscription)
            if not readers:
                del self._by_channel[channel]
        metrics.streams_open.dec()

    def publish(self, channel: str, payload: bytes) -> None:
        """Hand an encoded event to this process's readers of a channel; from any thread, without waiting."""
        self._call(self._deliver, channel, payload)

    def resync(self) -> None:
        """Events were lost, changes of rights perhaps among them: every reader is asked about and catches up."""
        self._call(self._resync)

    def _call(self, act: Callable[..., None], *args: object) -> None:
        if self._loop is None or self._loop.is_closed():
            return  # Nobody has ever read here.
        self._loop.call_soon_threadsafe(act, *args)

    def _resync(self) -> None:
        assert self._loop
        now = self._loop.time()
        if now < self._resync_at:
            return  # One is under way, and comes after whatever this one is about.
        wait = max(0.0, self._resync_at + RESYNC_SECONDS - now)
        self._resync_at = now + wait
        if wait:
            self._loop.call_later(wait, self._resync_now)
        else:
            self._resync_now()

    def _resync_now(self) -> None:
        metrics.resyncs.inc()
        self._doubt(None)
        self._deliver(None, OPEN)

    def _doubt(self, user_id: int | None) -> None:
        self.changes_of_rights += 1
        for subscription in self._all:
            if user_id is None or user_id == subscription.user_id:
                subscription.doubt()

    def _deliver(self, channel: str | None, payload: bytes) -> None:
        if channel == ACCESS:
            self._doubt(int(payload))
            return
        readers = self._all if channel is None else self._by_channel.get(channel)
        if not readers:
            return
        for subscription in readers:
            subscription.push(payload)
        metrics.events_delivered.inc(len(readers))
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty |= readers

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for subscription in dirty:
            subscription.flush()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            self._deliver(None, KEEP_ALIVE)


hub = Hub()
