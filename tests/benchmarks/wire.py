"""The benchmark's own HTTP: as little as a post and an open stream need, so that the client isn't what is measured."""

import asyncio
import re
import time
from typing import Any, Self
from urllib.parse import urlencode

TOKEN = "c" * 32
OPENED = b"event: stream-open"
# Which message, which version of it, and which post of ours it is.
EVENT = re.compile(rb'id="message-(\d+)"[^>]*data-version="(\d+)"[^>]*>.*?bench-(\d+)', re.DOTALL)


class Failure(Exception):  # noqa: N818 - what the server did, not ours
    """The server did something else than it was asked for; says what."""


def text(number: int) -> str:
    """The body of the post of this number, as long as people write."""
    return f"bench-{number} Thank you, I will bring the sheet about similar triangles on Monday."


def post_request(port: int, conversation: int, session: str, number: int, client_key: str) -> bytes:
    """A message as the composer sends it, with htmx's headers and the token against forgery."""
    origin = f"http://127.0.0.1:{port}"
    fields = {"csrfmiddlewaretoken": TOKEN, "client_key": client_key, "audience": "everyone", "body": text(number)}
    body = urlencode(fields).encode()
    head = (
        f"POST /conversations/{conversation}/messages/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: csrftoken={TOKEN}; sessionid={session}\r\nOrigin: {origin}\r\nReferer: {origin}/\r\n"
        f"HX-Request: true\r\nHX-Current-URL: {origin}/\r\nAccept: text/html\r\nAccept-Encoding: gzip, deflate\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection that stays open; one request at a time."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.transport: Any = None

    @classmethod
    async def to(cls, port: int) -> Self:
        """Connect to a port of this machine."""
        _, protocol = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return protocol

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer; raises Failure if the connection ends before it."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, complete, rest = self.buffer.partition(b"\r\n\r\n")
        if not complete or not self.answer:
            return
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        if head[9:12] == b"204":
            self.buffer = b""
            self.answer.set_result((204, rest))
        elif not length:
            self.answer.set_exception(Failure(f"an answer without a length: {head.decode('latin-1')}"))
        elif len(rest) >= int(length[1]):
            self.buffer = b""
            self.answer.set_result((int(head[9:12]), rest))

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_exception(Failure("the server ended the connection instead of answering"))


class Stream(asyncio.Protocol):
    """One open stream and what came in it: (post, message, version, when) of each event that shows a message."""

    def __init__(self, request: bytes, opened: "asyncio.Future[None]") -> None:
        self.request, self.opened = request, opened
        self.rest = b""
        self.seen: list[tuple[bytes, bytes, bytes, int]] = []
        self.event_bytes = 0
        self.cut = False
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self._begin(data)
        *events, self.rest = (self.rest + data).split(b"\n\n")
        for event in events:
            if match := EVENT.search(event):
                self.seen.append((match[3], match[1], match[2], now()))
                self.event_bytes = len(event) + 2

    def _begin(self, data: bytes) -> None:
        start = self.rest + data
        if not start.startswith(b"HTTP/1.1 200"[: len(start)]):
            self.opened.set_exception(Failure(f"a stream was refused: {start[:200]!r}"))
        elif OPENED in start:
            self.opened.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.cut = True
        if not self.opened.done():
            self.opened.set_exception(Failure("a stream ended before it began"))


def now() -> int:
    """Nanoseconds on a clock that all processes of this machine share."""
    return time.monotonic_ns()
