"""The stream: `/events/?channel=…&channel=…` as a small ASGI app beside Django.

django-eventstream's view keeps a thread and a database connection for as long as a stream is open. This one asks once,
in a worker thread, who the reader is and whether they may read each channel; then it only passes on bytes, or with
GRIP_URL leaves that to Pushpin.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, parse_cookie

from apps.core import metrics
from apps.core.headers import of_streams
from apps.realtime import grip
from apps.realtime.channels import MAX_CHANNELS, can_read_all, ends_at
from apps.realtime.daphne import Paced, mend, paced
from apps.realtime.hub import ACCESS, OPEN, Send, Subscription, hub
from apps.realtime.publish import deliver

PATH = "/events/"
GOODBYE_SECONDS = 1
# Few: each may hold one database connection while it asks.
_workers = ThreadPoolExecutor(4, thread_name_prefix="stream")
_listener: asyncio.Task[None] | None = None

# Told of the session's key where a stream begins, in a worker thread; the apps above add to it.
on_open: list[Callable[[str | None], None]] = []

log = logging.getLogger("homeroom.realtime")

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"x-accel-buffering", b"no"),
    *of_streams(),
]
REFUSALS = {
    400: f"Name one to {MAX_CHANNELS} channels.",
    404: "Not found.",
    405: "A stream is read with GET.",
    421: "Streams are served through Pushpin here (GRIP_URL).",
    429: "Too many streams are open. Close a few tabs of this site.",
    503: "The database is away. Try again soon.",
}


class Reading(NamedTuple):
    """Who reads a stream (None: nobody who may), and the moment at which that must be asked again by the clock."""

    user_id: int | None
    ends: datetime | None = None


async def stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one stream until its reader goes away.

    404 for a channel that the reader may not see (or that there is no such channel: the two look alike), 400 for no
    channel or more than MAX_CHANNELS, 405 for anything but GET, 421 for what should have come through Pushpin, 429 for
    a person with too many streams, 503 while the database is away.
    """
    channels = parse_qs(scope["query_string"].decode("latin-1")).get("channel", [])
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    if not 1 <= len(channels) <= MAX_CHANNELS:
        return await _refuse(send, 400)
    if settings.GRIP_PROXIES and not grip.came_through_pushpin(scope["headers"]):
        return await _refuse(send, 421)
    rights = hub.changes_of_rights
    session = session_key(scope)
    try:
        user_id, ends = await _reader(session, channels, opening=True)
    except DatabaseError:
        log.exception("a stream could not ask who reads it")
        return await _refuse(send, 503)
    if user_id is None:
        return await _refuse(send, 404)
    ask = partial(_still_reads, session, channels, user_id)
    if settings.GRIP_PROXIES:
        return await _have_held(send, user_id, channels, ask)
    if hub.open_streams(user_id) >= settings.LIMIT_STREAMS:
        return await _refuse(send, 429)
    _listen()
    send = paced(send)
    subscription = hub.subscribe(user_id, channels, send, ask)
    subscription.ask_at(ends)
    if rights != hub.changes_of_rights:
        subscription.doubt()
    del scope, session, channels, ask  # A stream waits for hours: let go of what it no longer needs.
    return await _serve(subscription, receive, send)


async def _serve(subscription: Subscription, receive: Any, send: Send) -> None:
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": OPEN, "more_body": True})
        await subscription.run(receive)
    finally:
        hub.unsubscribe(subscription)
    try:
        if not subscription.dropped:
            goodbye: dict[str, Any] = {"type": "http.response.body", "body": b""}
            await asyncio.wait_for(send(goodbye), GOODBYE_SECONDS)
            return
    except TimeoutError:
        pass
    # Other servers close a connection whose app returns before the end of its answer.
    if isinstance(send, Paced):
        send.cut()


async def _have_held(send: Send, user_id: int, channels: Iterable[str], ask: Any) -> None:
    """Answer with the beginning of the stream, and leave the rest of it to Pushpin."""
    headers = [*HEADERS, *grip.hold(user_id, channels)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": OPEN})
    grip.second_look.later(ask, partial(deliver, ACCESS, str(user_id).encode()))


async def _reader(session: str | None, channels: Iterable[str], *, opening: bool = False) -> Reading:
    ask = opened_by if opening else reading_of
    return await asyncio.get_running_loop().run_in_executor(_workers, ask, session, channels)


async def _still_reads(session: str | None, channels: Iterable[str], user_id: int) -> bool | datetime:
    """Whether this is still their session and they may still read all of it (until when, where the clock ends that).

    No, while the database can't say.
    """
    try:
        reading = await _reader(session, channels)
    except DatabaseError:
        log.exception("a stream could not ask who reads it, and ends")
        return False
    return reading.user_id == user_id and (reading.ends or True)


def session_key(scope: dict[str, Any]) -> str | None:
    """The key of the session that a request belongs to."""
    cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)


def reader_of(session: str | None, channels: Iterable[str]) -> int | None:
    """The id of the person whose session this is, if they may read all of these."""
    return reading_of(session, channels).user_id


def reading_of(session: str | None, channels: Iterable[str]) -> Reading:
    """The same, with the moment at which it must be asked again; runs in a worker thread."""
    close_old_connections()
    try:
        request = HttpRequest()
        request.session = SessionStore(session)
        user = auth.get_user(request)
        return Reading(user.pk, ends_at(user, channels)) if can_read_all(user, channels) else Reading(None)
    finally:
        close_old_connections()


def opened_by(session: str | None, channels: Iterable[str]) -> Reading:
    """The same for a stream that begins: somebody opened a page, and whoever wants to know is told of their session."""
    reading = reading_of(session, channels)
    if reading.user_id is not None:
        try:
            for tell in on_open:
                tell(session)
        finally:
            close_old_connections()
    return reading


def beside(pages: Any) -> Any:
    """An ASGI app that serves streams itself and leaves anything else to `pages`; HEAD is answered without a body."""
    mend()

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        if scope["type"] == "http" and scope["method"] == "HEAD":
            send = partial(_without_body, send)
        serve = stream if scope["type"] == "http" and scope["path"] == PATH else pages
        await serve(scope, receive, send)

    return application


async def _without_body(send: Send, message: dict[str, Any]) -> None:
    """Send an answer's head alone. Daphne strips the first piece of a body only: the rest would be taken for the answer
    to the next request on the connection, behind a proxy to somebody else's.
    """
    if message["type"] != "http.response.body":
        await send(message)
    elif not message.get("more_body"):
        await send({"type": "http.response.body", "body": b""})


def _listen() -> None:
    """With several processes, hear what the others publish; started by the first stream, restarted if it ever ends."""
    global _listener
    if settings.REDIS_URL and (_listener is None or _listener.done()):
        from apps.realtime.redis import listen

        _listener = asyncio.ensure_future(listen())


async def _refuse(send: Send, status: int) -> None:
    metrics.streams_refused.labels(str(status)).inc()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *of_streams()]
    if status in {429, 503}:
        headers.append((b"retry-after", b"10"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{REFUSALS[status]}\n".encode()})
