"""Publishing: after the commit, never raising, never waiting."""

import json
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django_eventstream.utils import sse_encode_event

from apps.core import metrics
from apps.realtime.hub import ACCESS, hub
from apps.realtime.sender import Sender


def publish(channel: str, html: str) -> None:
    """Send a fragment to the pages that read a channel; htmx applies it there.

    It goes out when the surrounding transaction commits and not at all if it is rolled back.
    """
    _after_commit(channel, "", html)


def signal(channel: str, event: str = "") -> None:
    """Send a named event to the pages that read a channel; it becomes a DOM event there (`hx-trigger` hears it).

    Without a name of its own it is called like the channel, which is what a live region of that channel waits for.
    """
    _after_commit(channel, event or channel, "")


def event(channel: str, name: str, data: dict[str, Any]) -> None:
    """The same with something to say: the DOM event's `detail.data` is this as JSON."""
    _after_commit(channel, name, json.dumps(data, separators=(",", ":")))


def access_changed(*user_ids: int | None) -> None:
    """The rights of these people changed (None is nobody): their open streams, in every process, are asked about again.

    A stream with a channel that its reader may no longer see ends before the next event; the page finds out what it
    may still show when it reconnects.
    """
    for user_id in filter(None, user_ids):
        transaction.on_commit(partial(deliver, ACCESS, str(user_id).encode()), robust=True)


def _after_commit(channel: str, event: str, data: str) -> None:
    payload = sse_encode_event(event, data).encode()
    # robust: a broken transport is logged and must not turn a committed write into an error page.
    transaction.on_commit(partial(deliver, channel, payload), robust=True)


def deliver(channel: str, payload: bytes) -> None:
    """Hand an encoded event over: to each Pushpin, through Redis, or to this process's own streams."""
    for sender in senders():
        sender.send(channel, payload)
    if not senders():
        hub.publish(channel, payload)
    seconds = metrics.since_request()
    if seconds is not None:
        metrics.post_to_publish_seconds.observe(seconds)


def started() -> None:
    """A process that writes began anew: the one before it may have died between a commit and its event."""
    for sender in senders():
        sender.resync()


@cache
def senders() -> list[Sender]:
    """What carries events to other processes; none where there is but one process."""
    if settings.GRIP_PROXIES:
        from apps.realtime.grip import PushpinTransport

        return [Sender(partial(PushpinTransport, proxy)) for proxy in settings.GRIP_PROXIES]
    if settings.REDIS_URL:
        from apps.realtime.redis import RedisTransport

        return [Sender(RedisTransport)]
    return []
