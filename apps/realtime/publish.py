"""Publishing: after the commit, never raising, never waiting."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django_eventstream.utils import sse_encode_event

from apps.realtime.hub import ACCESS, hub


def publish(channel: str, html: str) -> None:
    """Send a fragment to the pages that read a channel; htmx applies it there.

    It goes out when the surrounding transaction commits and not at all if it is rolled back.
    """
    _after_commit(channel, "", html)


def signal(channel: str, event: str) -> None:
    """Send a named event to the pages that read a channel; it becomes a DOM event there (`hx-trigger` hears it)."""
    _after_commit(channel, event, "")


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
    """Hand an encoded event over: through Redis when several processes serve, else to this process's own streams."""
    if settings.REDIS_URL:
        from apps.realtime.redis import sender

        sender.send(channel, payload)
    else:
        hub.publish(channel, payload)
