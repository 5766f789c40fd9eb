"""HTTP as the readers and writers of these tests speak it: HTTP/1.0, where an answer ends with its connection."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.servers import CSRF, Academy

# As long as htmx waits. Who gives up sooner and asks again only makes the queue longer that they stand in.
PATIENCE_SECONDS = 60


class Cut(Exception):  # noqa: N818 - what happened to the connection
    """No answer, or not all of it."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Wire:
    """Speaks to one server for the people of an academy."""

    url: str
    academy: Academy

    def request(self, who: str, method: str, path: str, fields: dict[str, str] | None = None) -> bytes:
        """What this person's page sends."""
        host = urlsplit(self.url).netloc
        body = urlencode(fields or {}).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.academy.cookies(who).items())
        head = f"{method} {path} HTTP/1.0\r\nHost: {host}\r\nCookie: {cookies}\r\nX-CSRFToken: {CSRF}\r\n"
        head += f"HX-Request: true\r\nOrigin: {self.url}\r\nReferer: {self.url}/\r\n"
        if method != "GET":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    async def connect(self, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Answer]:
        """Send a request and read the head of its answer; raises Cut."""
        address = urlsplit(self.url)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 22)
                try:
                    writer.write(request)
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                except BaseException:
                    writer.close()
                    raise
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Cut(type(error).__name__) from error
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return reader, writer, Answer(int(first.split()[1]), headers, "")

    async def ask(self, who: str, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """The whole answer; raises Cut."""
        reader, writer, answer = await self.connect(self.request(who, method, path, fields))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                body = await reader.read(-1)
        except (OSError, TimeoutError) as error:
            raise Cut(type(error).__name__) from error
        finally:
            writer.close()
        if len(body) != int(answer.headers.get("content-length", len(body))):
            raise Cut("half an answer")
        answer.text = body.decode()
        return answer
