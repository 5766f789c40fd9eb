"""What Daphne doesn't do by itself: its `send` doesn't wait for a reader who is slow, and it queues a body whole.

It writes to Twisted's transport and returns, and the transport keeps without bound what the reader doesn't take.
Twisted tells a registered producer when to pause and when to go on; with that, `send` waits as an ASGI server's should.
And what came with a request, which Twisted has put on the disk, Daphne would read into memory before anybody asks.
"""

import asyncio
import io
import os
import sys
from functools import partial
from typing import Any, BinaryIO

from apps.core.threads import Server
from apps.realtime.hub import Send


class Paced:
    """Daphne's `send` for one stream; Twisted's IPushProducer for its connection."""

    __slots__ = ("_free", "_protocol", "_send")

    def __init__(self, send: Send, protocol: Any) -> None:
        self._send = send
        self._protocol = protocol
        self._free: asyncio.Future[None] | None = None

    async def __call__(self, message: dict[str, Any]) -> None:
        """Send a message once the reader has taken what came before."""
        while self._free:
            # Shielded: giving up on one message must not end the wait of the next.
            await asyncio.shield(self._free)
        last = message["type"] == "http.response.body" and not message.get("more_body")
        if last and self._protocol.channel:
            self._protocol.unregisterProducer()
        await self._send(message)
        if message["type"] == "http.response.start" and not self._protocol.finished and self._protocol.channel:
            self._protocol.registerProducer(self, True)

    def cut(self) -> None:
        """Close the connection at once, without waiting for what is still to be sent."""
        if self._protocol.channel:
            self._protocol.unregisterProducer()
            self._protocol.channel.transport.abortConnection()

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's names
        """The connection is full."""
        if not self._free:
            self._free = asyncio.get_running_loop().create_future()

    def resumeProducing(self) -> None:  # noqa: N802
        """There is room again."""
        free, self._free = self._free, None
        if free and not free.done():
            free.set_result(None)

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone; whatever is sent now goes nowhere."""
        self.resumeProducing()


def paced(send: Send) -> Send:
    """`send` itself under another server; under Daphne one that waits for a slow reader."""
    protocol = send.args[0] if isinstance(send, partial) and send.args else None
    return Paced(send, protocol) if hasattr(protocol, "registerProducer") else send


class _OnDisk:
    """The body of a request, in a file that Daphne finds empty; `Daphne.body` hands it to the app."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        return b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class Daphne(Server):
    """Daphne, as apps.core.threads asks a server; once there is one, long bodies are handed over in no other way."""

    hands_over = False

    def __init__(self) -> None:
        Daphne.hands_over = True

    def paced(self, send: Send) -> Send:
        """A `send` that waits for a reader who is slow."""
        return paced(send)

    def body(self, send: Any) -> BinaryIO | None:
        """What came with the request, from its beginning, where that is long; whoever takes it closes it."""
        while isinstance(send, partial) and send.args and isinstance(send.args[0], partial):
            send = send.args[0]
        content = getattr(send.args[0] if isinstance(send, partial) and send.args else None, "content", None)
        if not isinstance(content, _OnDisk):
            return None
        # Of its own: Twisted closes the other one when the connection is lost.
        own = os.fdopen(os.dup(content.fileno()), "rb")
        own.seek(0)
        return own


def mend() -> None:
    """Where Daphne serves, have it take no path of the site from a header: links would begin with it."""
    if http_protocol := sys.modules.get("daphne.http_protocol"):

        class Request(http_protocol.WebRequest):  # type: ignore[misc, name-defined]
            def requestReceived(self, *args: Any) -> None:  # noqa: N802 - Twisted's name
                # It would read each form into memory, for a use that is not ours.
                self._parsePOSTFormSubmission = False
                super().requestReceived(*args)

            def process(self) -> Any:
                self.requestHeaders.removeHeader(b"Daphne-Root-Path")
                if Daphne.hands_over and not isinstance(self.content, io.BytesIO):
                    self.content: Any = _OnDisk(self.content)
                return super().process()

        http_protocol.WebRequest = Request  # type: ignore[attr-defined]
