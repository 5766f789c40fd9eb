"""Events between processes, over Redis pub/sub.

django-eventstream's listener never comes back after an outage. This one reconnects for ever; after each gap every open
stream is told to catch up from the database, since what was published meanwhile is lost.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

import redis
import redis.asyncio
from django.conf import settings
from redis.connection import parse_url

from apps.core.redis import key
from apps.realtime.hub import ACCESS, hub
from apps.realtime.sender import RETRY_SECONDS, Away, Event

RESYNC = "*"  # Instead of a channel's name: every stream of every process catches up.
PING_SECONDS = 5

log = logging.getLogger("homeroom.realtime")


def topic() -> str:
    """Where this academy's processes talk. A server's numbered databases have their own keys, but share all topics."""
    number = parse_url(settings.REDIS_URL).get("db", 0)  # type: ignore[no-untyped-call]
    return key("events", number)


class RedisTransport:
    """Publishes to one topic that every process with streams hears."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        self._topic = topic()

    def publish(self, events: Sequence[Event]) -> None:
        """Hand over these events in one go; raises Away."""
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for channel, payload in events:
                    pipeline.publish(self._topic, channel.encode() + b"\n" + payload)
                pipeline.execute()
        except redis.RedisError as error:
            raise Away(f"Redis is away ({type(error).__name__})") from error

    def rights_changed(self, user_ids: Iterable[int]) -> None:
        """Each process asks about the streams of these people; raises Away."""
        self.publish([(ACCESS, str(user_id).encode()) for user_id in user_ids])

    def resync(self) -> None:
        """Each process asks about all of its streams, and has them catch up; raises Away."""
        self.publish([(RESYNC, b"")])


async def listen() -> None:
    """Pass on to this process's streams what any process publishes; for ever."""
    while True:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=2)
        try:
            async with client.pubsub() as pubsub:
                await asyncio.wait_for(pubsub.subscribe(topic()), PING_SECONDS)
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
            if channel == RESYNC.encode():
                hub.resync()
            else:
                hub.publish(channel.decode(), payload)
