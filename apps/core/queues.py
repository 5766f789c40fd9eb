"""The queues of background jobs: Huey's, with what whoever runs them wants to know.

There are three, so that a code to sign in with never waits for pictures: `urgent` (emails), `usual`, and `media` (what
takes long: pictures, imports, PDFs). One consumer serves all of them, and each has workers that take nothing slower.

A job carries the id of the request that it came from and the time when it was queued. When it ends, its name, duration
and outcome are logged and counted; never its arguments. As long as a worker lives it says so every few seconds.
"""

import logging
import struct
import time
from contextlib import suppress
from copy import copy
from typing import Any

from django.utils.module_loading import import_string
from huey import PriorityRedisHuey, SqliteHuey, consumer, signals
from huey.registry import Message

from apps.core import logs, metrics
from apps.core.queue_storage import MEDIA, QUEUES, URGENT, USUAL, RedisStorage, SqliteStorage
from apps.core.redis import key, quick
from apps.core.redis_owner import claim

BEAT_SECONDS = 15
# A worker that was silent for this long is gone.
SILENT_SECONDS = 120

OUTCOMES = {
    signals.SIGNAL_CANCELED,
    signals.SIGNAL_COMPLETE,
    signals.SIGNAL_ERROR,
    signals.SIGNAL_EXPIRED,
    signals.SIGNAL_INTERRUPTED,
    signals.SIGNAL_LOCKED,
    signals.SIGNAL_RATE_LIMITED,
    signals.SIGNAL_RETRYING,
    signals.SIGNAL_REVOKED,
    signals.SIGNAL_TIMEOUT,
}

log = logging.getLogger("homeroom.jobs")


def job_name(task: Any) -> str:
    """What a job is called in the code; one of Django's tasks runs inside one of Huey's."""
    return str(task.args[0]) if task.name == "djtasks.run" and task.args else f"{task.__module__}.{task.name}"


def queue_of(task: Any) -> str:
    """The queue that a job waits in (`in_queue` of apps.core.jobs; `queue=` of a periodic job)."""
    if task.name == "djtasks.run" and task.args:
        with suppress(ImportError):  # A job of before an upgrade, that there is no more.
            return str(getattr(import_string(task.args[0]).func, "queue", USUAL))
        return USUAL
    return str(getattr(task, "queue", USUAL))


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Huey's, with one worker for what is urgent, and so many each for the usual jobs and for those that take long.

    Those for the usual jobs help with what is urgent, too.
    """

    def __init__(self, huey: Any, workers: int = 1, **options: Any) -> None:
        self._takes = [(URGENT,), *[(URGENT, USUAL)] * workers, *[(MEDIA,)] * workers]
        super().__init__(huey, workers=len(self._takes), **options)

    def _create_process(self, process: Any, name: str) -> Any:
        kind, _, number = name.partition("-")
        if kind == "Worker":
            process.huey = copy(self.huey)
            process.huey.takes = self._takes[int(number) - 1]
        return super()._create_process(process, name)


class Queue:
    """What both queues add to Huey's."""

    # Where jobs are looked for, in this order.
    takes: tuple[str, ...] = QUEUES
    _beaten = float("-inf")

    def create_consumer(self, **options: Any) -> Consumer:
        """What `run_huey` runs."""
        return Consumer(self, **options)

    def enqueue(self, task: Any) -> Any:
        """Queue a job, in the lane of its queue."""
        lane = copy(self)
        lane.storage = self.storage.lanes[queue_of(task)]  # type: ignore[attr-defined]
        return super(Queue, lane).enqueue(task)  # type: ignore[misc]

    def dequeue(self) -> Any:
        """The next job; None while there is none."""
        data = self.storage.dequeue_from(self.takes)  # type: ignore[attr-defined]
        return None if data is None else self.deserialize_task(data)

    def serialize_task(self, task: Any) -> bytes:
        """A job as it waits."""
        request = getattr(task, "request_id", "") or logs.request_id.get()
        return bytes(self.serializer.serialize((request, time.time(), self._registry.create_message(task))))  # type: ignore[attr-defined]

    def deserialize_task(self, data: bytes) -> Any:
        """A job that waited."""
        request, _, message = self._unpack(data)
        task = self._registry.create_task(message)  # type: ignore[attr-defined]
        task.request_id = request
        return task

    def _unpack(self, data: bytes) -> tuple[str, float, Any]:
        """The request that a job came from, when it was queued, and Huey's message."""
        packed = self.serializer.deserialize(data)  # type: ignore[attr-defined]
        # One that waited while Homeroom was upgraded has the message alone.
        return ("", time.time(), packed) if isinstance(packed, Message) else packed

    def execute(self, task: Any, timestamp: Any = None) -> Any:
        """Run a job, under the id of the request that it came from; one that isn't due yet is put aside, untold."""
        began = time.monotonic()
        token = logs.request_id.set(getattr(task, "request_id", "") or logs.request_id.get())
        try:
            return super().execute(task, timestamp)  # type: ignore[misc]
        finally:
            if outcome := getattr(task, "outcome", ""):
                _tell(job_name(task), outcome, time.monotonic() - began)
            logs.request_id.reset(token)
            if outcome not in {"", signals.SIGNAL_RETRYING}:
                # Nobody asks for its record, and that has the arguments: of a mail, who gets it and what it says.
                self.delete(f"djt.{task.id}")  # type: ignore[attr-defined]

    def _emit(self, signal: str, task: Any, *args: Any, **kwargs: Any) -> None:
        if signal in OUTCOMES:
            task.outcome = signal
        super()._emit(signal, task, *args, **kwargs)  # type: ignore[misc]

    def read_schedule(self, timestamp: Any = None) -> Any:
        """What is due; the consumer's scheduler asks every second for as long as it lives."""
        now = time.monotonic()
        if now - self._beaten >= BEAT_SECONDS:
            self._beaten = float("-inf")  # Where this fails, the next time says it.
            self.beat()
            self._beaten = now
        return super().read_schedule(timestamp)  # type: ignore[misc]

    def beat(self) -> None:
        """Say that the worker lives."""
        raise NotImplementedError


def _tell(job: str, outcome: str, seconds: float) -> None:
    metrics.jobs.labels(job, outcome).inc()
    metrics.job_seconds.labels(job).observe(seconds)
    # The error itself, with its traceback, is in a record of Huey's.
    level = logging.WARNING if outcome in {signals.SIGNAL_ERROR, signals.SIGNAL_TIMEOUT} else logging.INFO
    log.log(level, "%s %s", job, outcome, extra={"job": job, "outcome": outcome, "ms": round(seconds * 1000, 1)})


class RedisQueue(Queue, PriorityRedisHuey):  # type: ignore[misc]
    """The queue on Redis."""

    storage_class = RedisStorage

    def create_consumer(self, **options: Any) -> Any:
        """The worker, unless these keys are another academy's."""
        claim()
        return super().create_consumer(**options)

    def beat(self) -> None:
        """A key that goes away by itself."""
        self.storage.conn.set(key("worker"), b"", ex=SILENT_SECONDS)

    def worker_lives(self) -> bool:
        """Did a worker say so lately? Raises RedisError, soon, where Redis doesn't answer."""
        return bool(quick().exists(key("worker")))

    def waiting(self) -> tuple[int, float]:
        """How many jobs wait, and for how many seconds the oldest has; raises RedisError, soon.

        Huey's members begin with the microsecond they were queued at, so that those of one priority are in that order.
        """
        asked: Any = quick()
        now = time.time()
        count, oldest = 0, now
        for lane in self.storage.lanes.values():
            queue, above = lane.queue_key, "-inf"
            while first := asked.zrangebyscore(queue, above, "+inf", start=0, num=1, withscores=True):
                member, score = first[0]
                oldest = min(oldest, struct.unpack(">Q", member[:8])[0] / 1e6)
                above = f"({score}"
            count += asked.zcard(queue)
        return count, now - oldest


class SqliteQueue(Queue, SqliteHuey):  # type: ignore[misc]
    """The queue in a file."""

    storage_class = SqliteStorage
    BEAT = "homeroom:worker"

    def beat(self) -> None:
        """The time, kept with the results of jobs."""
        self.put(self.BEAT, time.time())

    def worker_lives(self) -> bool:
        """Did a worker say so lately?"""
        return time.time() - (self.get(self.BEAT, peek=True) or 0) < SILENT_SECONDS

    def waiting(self) -> tuple[int, float]:
        """How many jobs wait, and for how many seconds the oldest has."""
        # Whatever its lane: the file is this queue's alone.
        first = self.storage.sql("select data from task order by id limit 1", results=True)
        now = time.time()
        queued = self._unpack(first[0][0])[1] if first else now
        return self.storage.queue_size(), max(0.0, now - queued)
