"""The floor: the least that a server written in Python can do, to compare with.

One process, no framework, no database, nobody asked who they are: a GET is a stream, a POST is encoded once and written
to all of them. Its event is as long as a real one (`event_bytes` says so for each mode).
"""

import asyncio
import itertools
import re
import sys
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent: stream-open\ndata:\n\n"
MESSAGE = (
    '<hx-upsert hx-target="#conversation-1-messages" key="data-key" sort><article class="message" id="message-{0}" '
    'data-key="{0}" data-version="{0}" data-author="1">{1}<div data-message-body>{2}</div></article></hx-upsert>'
)
PADDING = f"<header>{'x' * 475}</header>"

readers: set[asyncio.Transport] = set()
numbers = itertools.count(1)


class Floor(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, complete, body = self.buffer.partition(b"\r\n\r\n")
        if not complete:
            return
        if head.startswith(b"GET /healthz"):
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            self.buffer = b""
        elif head.startswith(b"GET"):
            self.transport.write(HEAD)
            readers.add(self.transport)
        elif len(body) >= int(re.search(rb"Content-Length: (\d+)", head)[1]):
            self.buffer = b""
            self.post(body)

    def post(self, body: bytes) -> None:
        text = re.search(r"bench-\d+[^&]*", body.decode())
        html = MESSAGE.format(next(numbers), PADDING, text[0] if text else "")
        event = f"data: {html}\n\n".encode()
        for reader in readers:
            reader.write(event)
        answer = html.encode()
        self.transport.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))

    def connection_lost(self, error: Exception | None) -> None:
        readers.discard(self.transport)


async def main() -> None:
    """Serve on the port that is named."""
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
