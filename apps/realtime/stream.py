"""The stream: `/events/?channel=…&channel=…` as a small ASGI app beside Django.

django-eventstream's view keeps a thread and a database connection for as long as a stream is open. This one asks once,
in a worker thread, who the reader is and whether they may read each channel; then it only passes on bytes.
"""

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, close_old_connections

from apps.realtime.channels import MAX_CHANNELS, can_read_all
from apps.realtime.hub import OPEN, Subscription, hub

PATH = "/events/"
# Few: each may hold one database connection while it asks.
_workers = ThreadPoolExecutor(4, thread_name_prefix="stream")
_listener: asyncio.Task[None] | None = None

log = logging.getLogger("homeroom.realtime")

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one stream until its reader goes away.

    404 for a channel that the reader may not see (or that there is no such channel: the two look alike), 400 for no
    channel or more than MAX_CHANNELS, 405 for anything but GET, 503 while the database is away.
    """
    channels = parse_qs(scope["query_string"].decode("latin-1")).get("channel", [])
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    if not 1 <= len(channels) <= MAX_CHANNELS:
        return await _refuse(send, 400)
    try:
        allowed = await asyncio.get_running_loop().run_in_executor(_workers, _may_read, scope, channels)
    except DatabaseError:
        log.exception("a stream could not ask who reads it")
        return await _refuse(send, 503)
    if not allowed:
        return await _refuse(send, 404)
    _listen()
    subscription = hub.subscribe(channels)
    gone = asyncio.ensure_future(_until_gone(receive, subscription))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": OPEN, "more_body": True})
        while payload := await subscription.next():
            await send({"type": "http.response.body", "body": payload, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        hub.unsubscribe(subscription)


def beside(pages: Any) -> Any:
    """An ASGI app that serves streams itself and leaves anything else to `pages`."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        serve = stream if scope["type"] == "http" and scope["path"] == PATH else pages
        await serve(scope, receive, send)

    return application


def _may_read(scope: dict[str, Any], channels: list[str]) -> bool:
    """Who asks, by their session, and may they read all of it? Runs in a worker thread."""
    close_old_connections()
    try:
        request = ASGIRequest(scope, io.BytesIO())
        request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        return can_read_all(auth.get_user(request), channels)
    finally:
        close_old_connections()


def _listen() -> None:
    """With several processes, hear what the others publish; started by the first stream, restarted if it ever ends."""
    global _listener
    if settings.REDIS_URL and (_listener is None or _listener.done()):
        from apps.realtime.redis import listen

        _listener = asyncio.ensure_future(listen())


async def _until_gone(receive: Any, subscription: Subscription) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.close()


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b""})
