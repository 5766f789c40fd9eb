"""Events between processes, over Redis pub/sub.

django-eventstream's own publisher waits about four seconds and raises when Redis is down, and its listener never comes
back after an outage. Here the sender hands over to a thread, and the listener reconnects for ever; after each gap every
open stream is told to catch up from the database, since what was published meanwhile is lost.
"""

import asyncio
import logging
import os
import queue
import threading
import time

import redis
import redis.asyncio
from django.conf import settings

from apps.realtime.hub import hub

TOPIC = "homeroom:events"
RESYNC = b"*"  # Instead of a channel's name: every stream of every process catches up.
MAX_QUEUED = 10_000
RETRY_SECONDS = 0.5
PING_SECONDS = 5

log = logging.getLogger("homeroom.realtime")


class Sender:
    """Publishes from a thread of its own, in order; an outage of Redis loses events, and a resync follows it."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes] = queue.Queue(MAX_QUEUED)
        self._lock = threading.Lock()
        self._pid = 0
        self._lost = False

    def send(self, channel: str, payload: bytes) -> None:
        """Queue an event for all processes; returns at once, whatever Redis does."""
        self._start()
        try:
            self._queue.put_nowait(channel.encode() + b"\n" + payload)
        except queue.Full:
            self._lost = True

    def _start(self) -> None:
        # A forked worker inherits this object but not its thread.
        with self._lock:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="publish", daemon=True).start()

    def _run(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        while True:
            message = self._queue.get()
            try:
                if self._lost:
                    client.publish(TOPIC, RESYNC + b"\n")
                    self._lost = False
                client.publish(TOPIC, message)
            except redis.RedisError as error:
                log.warning("Redis is away, an event is dropped: %s", type(error).__name__)
                self._recover(client)

    def _recover(self, client: redis.Redis) -> None:
        """Wait for Redis, and have every stream catch up; what was queued meanwhile follows, late but harmless."""
        while True:
            time.sleep(RETRY_SECONDS)
            try:
                client.publish(TOPIC, RESYNC + b"\n")
            except redis.RedisError:
                continue
            self._lost = False
            log.warning("Redis is back, streams catch up")
            return


sender = Sender()


async def listen() -> None:
    """Pass on to this process's streams what any process publishes; for ever."""
    while True:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=2)
        try:
            async with client.pubsub() as pubsub:
                await asyncio.wait_for(pubsub.subscribe(TOPIC), PING_SECONDS)
                hub.resync()
                await _pass_on(pubsub)
        except (redis.RedisError, OSError, TimeoutError) as error:
            log.warning("Redis is away, streams wait: %s", type(error).__name__)
        finally:
            await client.aclose()
        await asyncio.sleep(RETRY_SECONDS)


async def _pass_on(pubsub: "redis.asyncio.client.PubSub") -> None:
    """Deliver until the connection fails; one that stays silent to a ping has failed too."""
    pinged = False
    while True:
        message = await pubsub.get_message(timeout=PING_SECONDS)
        if message is None:
            if pinged:
                raise TimeoutError("no answer to a ping")
            await asyncio.wait_for(pubsub.ping(), PING_SECONDS)
            pinged = True
            continue
        pinged = False
        if message["type"] == "message":
            channel, _, payload = message["data"].partition(b"\n")
            if channel == RESYNC:
                hub.resync()
            else:
                hub.publish(channel.decode(), payload)
