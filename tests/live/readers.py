"""Readers and writers of the live tests, as lean as a browser is not."""

import socket
import threading
import time
from contextlib import suppress
from typing import Any

import httpx
import redis

from tests.servers import Academy, OneMachine, Server

OPEN = "event: stream-open"


class Reader(threading.Thread):
    """Keeps one stream open and all that came on it, until it ends or is closed; it doesn't come back by itself."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.client = httpx.Client(timeout=httpx.Timeout(10, read=60))
        self.address, self.headers, self.heard = address, headers, ""
        self.status = 0
        self.socket: socket.socket | None = None
        self.answered = threading.Event()
        self.start()
        self.answered.wait(60)

    def run(self) -> None:
        try:
            with self.client.stream("GET", self.address, headers=self.headers) as answer:
                self.status = answer.status_code
                self.socket = answer.extensions["network_stream"].get_extra_info("socket")
                self.answered.set()
                for text in answer.iter_text():
                    self.heard += text
        except (httpx.TransportError, httpx.StreamError):
            pass
        finally:
            self.answered.set()

    @property
    def ended(self) -> bool:
        return not self.is_alive()

    def until(self, part: str, count: int = 1, seconds: float = 60) -> None:
        """Until this was heard so often."""
        deadline = time.monotonic() + seconds
        while self.heard.count(part) < count:
            assert time.monotonic() < deadline, f"not heard: {part!r} in {self.heard[-500:]!r}"
            time.sleep(0.01)

    def until_ended(self, seconds: float) -> None:
        """Until the server ended this stream."""
        self.join(seconds)
        assert self.ended, f"still open after {seconds} s"

    def close(self) -> None:
        """Go away, as a closed tab does."""
        if self.socket:
            with suppress(OSError):  # It has ended.
                self.socket.shutdown(socket.SHUT_RDWR)
        self.client.close()


def hear(server: OneMachine, academy: Academy, stream: int) -> None:
    """Until what is published on Redis comes on a stream of this stream process."""
    channel, word = f"user-{academy.people['staff0']['id']}", f"heard {time.monotonic_ns()}"
    reader = Reader(f"{server.stream_urls[stream]}/events/?channel={channel}", academy.headers("staff0"))
    reader.until(OPEN)
    deadline = time.monotonic() + 60
    with redis.Redis.from_url(server.redis.url) as client:
        while word not in reader.heard:
            assert time.monotonic() < deadline, f"stream {stream} doesn't hear of Redis"
            client.publish(server.topic, f"{channel}\ndata: {word}\n\n".encode())
            time.sleep(0.05)
    reader.close()


class People:
    """Acts for the people of an academy over HTTP."""

    def __init__(self, server: Server, academy: Academy) -> None:
        self.server, self.academy = server, academy
        self.http = httpx.Client(base_url=server.url, timeout=30)
        self.readers: list[Reader] = []

    def student(self, number: int) -> dict[str, Any]:
        return self.academy.students[number]

    def follow(self, who: str, *channels: str) -> Reader:
        """Open a stream for somebody on these channels, and have it begun if it may."""
        query = "&".join(f"channel={channel}" for channel in channels)
        deadline = time.monotonic() + 60
        while True:
            reader = Reader(f"{self.server.url}/events/?{query}", self.academy.headers(who))
            self.readers.append(reader)
            if reader.status == 200:
                reader.until(OPEN)
            # What has just started says so for a moment; a browser comes back as well.
            if reader.status not in {0, 502, 503}:
                return reader
            assert time.monotonic() < deadline, reader.status
            time.sleep(0.2)

    def post(self, who: str, path: str, **data: str) -> httpx.Response:
        """What a form of this person's page does."""
        return self.http.post(path, data=data, headers=self.academy.headers(who))

    def say(self, who: str, student: int, body: str, audience: str = "everyone") -> None:
        """Send a message to a student's thread."""
        thread = self.student(student)["conversation"]
        answer = self.post(who, f"/conversations/{thread}/messages/", body=body, audience=audience)
        assert answer.status_code == 201, answer.text

    def get(self, who: str, path: str) -> httpx.Response:
        return self.http.get(path, headers=self.academy.headers(who))

    def delete(self, who: str, path: str) -> httpx.Response:
        return self.http.delete(path, headers=self.academy.headers(who))

    def leave(self) -> None:
        """Close what is still open."""
        for reader in self.readers:
            reader.close()
        self.http.close()
