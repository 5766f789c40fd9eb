"""The stream: `/events/?channel=…&channel=…` as a small ASGI app beside Django.

django-eventstream's view keeps a thread and a database connection for as long as a stream is open. This one asks once,
in a worker thread, who the reader is and whether they may read each channel; then it only passes on bytes.
"""

import asyncio
import io
import logging
from collections.abc import Iterable
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
    rights = hub.changes_of_rights
    try:
        user_id = await _ask(scope, channels)
    except DatabaseError:
        log.exception("a stream could not ask who reads it")
        return await _refuse(send, 503)
    if user_id is None:
        return await _refuse(send, 404)
    _listen()
    subscription = hub.subscribe(user_id, channels)
    subscription.suspect = rights != hub.changes_of_rights
    gone = asyncio.ensure_future(_until_gone(receive, subscription))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": OPEN, "more_body": True})
        await _pass_on(scope, subscription, send)
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        hub.unsubscribe(subscription)


async def _pass_on(scope: dict[str, Any], subscription: Subscription, send: Any) -> None:
    """Until the reader goes away, falls too far behind, or may no longer read all of it."""
    while not subscription.closed:
        payload = await subscription.next()
        if subscription.suspect:
            subscription.suspect = False
            if await _ask(scope, subscription.channels) != subscription.user_id:
                return
        elif payload:
            await send({"type": "http.response.body", "body": payload, "more_body": True})


async def _ask(scope: dict[str, Any], channels: Iterable[str]) -> int | None:
    return await asyncio.get_running_loop().run_in_executor(_workers, reader_of, scope, channels)


def reader_of(scope: dict[str, Any], channels: Iterable[str]) -> int | None:
    """The id of the person who asks, by their session, if they may read all of these; runs in a worker thread."""
    close_old_connections()
    try:
        request = ASGIRequest(scope, io.BytesIO())
        request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        user = auth.get_user(request)
        return user.pk if can_read_all(user, channels) else None
    finally:
        close_old_connections()


def beside(pages: Any) -> Any:
    """An ASGI app that serves streams itself and leaves anything else to `pages`."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        serve = stream if scope["type"] == "http" and scope["path"] == PATH else pages
        await serve(scope, receive, send)

    return application


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
