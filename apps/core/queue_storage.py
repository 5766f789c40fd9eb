"""Where background jobs wait: Huey's storages, each with a lane for each of the queues."""

import struct
import time
from copy import copy
from typing import Any

import redis
from huey import storage as storages
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core.backlog import Backlog
from apps.core.redis import key

URGENT, USUAL, MEDIA = QUEUES = ("urgent", "usual", "media")


class Lanes:
    """What both storages add to Huey's: a lane for each queue. That of the usual jobs is the storage itself."""

    def split(self) -> None:
        """Make the lanes, once all else is made."""
        self.lanes: dict[str, Any] = {USUAL: self}
        for queue in (URGENT, MEDIA):
            self.lanes[queue] = copy(self)
            self.lanes[queue].be(queue)

    def be(self, queue: str) -> None:
        """Become the lane of a queue."""
        raise NotImplementedError

    def dequeue_from(self, queues: tuple[str, ...]) -> bytes | None:
        """The next job of the first of these queues that has one; None while there is none."""
        waiting = (self.lanes[queue].dequeue() for queue in queues)
        return next((data for data in waiting if data is not None), None)

    def queue_size(self) -> int:
        """How many jobs wait."""
        return sum(super(Lanes, lane).queue_size() for lane in self.lanes.values())  # type: ignore[misc]

    def flush_queue(self) -> None:
        """Forget them."""
        for lane in self.lanes.values():
            super(Lanes, lane).flush_queue()  # type: ignore[misc]

    def enqueued_items(self, limit: int | None = None) -> list[bytes]:
        """The jobs that wait."""
        lanes = (super(Lanes, self.lanes[queue]).enqueued_items(limit) for queue in QUEUES)  # type: ignore[misc]
        return [data for lane in lanes for data in lane][:limit]


class RedisStorage(Lanes, storages.PriorityRedisStorage):  # type: ignore[misc]
    """Huey's, but nobody waits for Redis to take a job, and none is lost with an outage; a worker does wait for it."""

    def __init__(self, name: str, url: str, **options: Any) -> None:
        # Longer than a worker's question, which Redis answers after a second; more has gone astray.
        steps = {"socket_timeout": 10, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}
        super().__init__(name, connection_pool=redis.ConnectionPool.from_url(url, **steps), **options)
        self.queue_key, self.schedule_key, self.result_key, self.counter_key = (
            key("huey", name, kind) for kind in ("queue", "schedule", "results", "counters")
        )
        self.notify_prefix = key("huey", name, "notify.")
        self._backlog = Backlog(url)
        self.split()

    def be(self, queue: str) -> None:
        """A sorted set of its own."""
        self.queue_key = f"{self.lanes[USUAL].queue_key}.{queue}"

    def dequeue_from(self, queues: tuple[str, ...]) -> bytes | None:
        """The next job of the first of these queues that has one; waits a moment for it, if workers do."""
        if not self.blocking:
            return super().dequeue_from(queues)
        # Huey's own question (RedisPriorityQueue.dequeue), about several queues.
        try:
            found = self.conn.bzpopmin([self.lanes[queue].queue_key for queue in queues], timeout=self.read_timeout)
        except redis.TimeoutError:
            return None
        return found[1][8:] if found else None

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        """Queue a job, now or as soon as Redis answers; as Huey writes it, but with one prefix however often."""
        member = struct.pack(">Q", int(time.time() * 1e6)) + data
        self._backlog.write(lambda client: client.zadd(self.queue_key, {member: -(priority or 0)}))

    def put_data(self, name: str, value: bytes, is_result: bool = False) -> None:
        """Keep what is known of a job."""
        self._backlog.write(lambda client: client.hset(self.result_key, name, value))

    def delete_data(self, name: str) -> bool:
        """Forget it again, in the same order; whether it was there isn't known."""
        self._backlog.write(lambda client: client.hdel(self.result_key, name))
        return True


class SqliteStorage(Lanes, storages.SqliteStorage):  # type: ignore[misc]
    """Huey's; its lanes share one connection."""

    _whole: Any = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.split()

    def be(self, queue: str) -> None:
        """Rows under a name of its own."""
        self._whole = self.lanes[USUAL]
        self.name: str = f"{self._whole.name}.{queue}"

    @property
    def conn(self) -> Any:
        """The connection of the whole storage."""
        return self._whole.conn if self._whole else super().conn
