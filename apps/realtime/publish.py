"""Publishing: after the commit, never raising, never waiting."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django_eventstream.utils import sse_encode_event

from apps.realtime.hub import hub


def publish(channel: str, html: str) -> None:
    """Send a fragment to the pages that read a channel; htmx applies it there.

    It goes out when the surrounding transaction commits and not at all if it is rolled back.
    """
    _after_commit(channel, "", html)


def signal(channel: str, event: str) -> None:
    """Send a named event to the pages that read a channel; it becomes a DOM event there (`hx-trigger` hears it)."""
    _after_commit(channel, event, "")


def _after_commit(channel: str, event: str, data: str) -> None:
    payload = sse_encode_event(event, data).encode()
    # robust: a broken transport is logged and must not turn a committed write into an error page.
    transaction.on_commit(partial(deliver, channel, payload), robust=True)


def deliver(channel: str, payload: bytes) -> None:
    """Hand an encoded event over: through Redis when several processes serve, else to this process's own streams."""
    if settings.REDIS_URL:
        from apps.realtime.redis import sender

        sender.send(channel, payload)
    else:
        hub.publish(channel, payload)
