"""Readers and writers of the live tests, as lean as a browser is not."""

import threading
import time
from typing import Any

import httpx

from tests.servers import Academy, OneMachine, Server

OPEN = "event: stream-open"


class Reader(threading.Thread):
    """Keeps one stream open and all that came on it, until it ends or is closed; it doesn't come back by itself."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.client = httpx.Client(timeout=httpx.Timeout(10, read=60))
        self.address, self.headers, self.heard = address, headers, ""
        self.status = 0
        self.answered = threading.Event()
        self.start()
        self.answered.wait(60)

    def run(self) -> None:
        try:
            with self.client.stream("GET", self.address, headers=self.headers) as answer:
                self.status = answer.status_code
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

    def until_ended(self, seconds: float) -> float:
        """How many seconds it took until the server ended this stream."""
        began = time.monotonic()
        self.join(seconds)
        assert self.ended, f"still open after {seconds} s"
        return time.monotonic() - began

    def close(self) -> None:
        """Go away, as a closed tab does."""
        self.client.close()


def hear(server: OneMachine, academy: Academy, stream: int) -> None:
    """Until a stream process hears of Redis: the first stream has it begin to, and is told so with a second OPEN."""
    address = f"{server.stream_urls[stream]}/events/?channel=user-{academy.people['staff0']['id']}"
    reader = Reader(address, academy.headers("staff0"))
    reader.until(OPEN, 2)
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

    def pace(self, reader: Reader, student: int) -> float:
        """How many seconds a message to this student takes to this reader just now: what this machine can do."""
        began, word = time.monotonic(), f"pace {time.monotonic_ns()}"
        self.say("staff0", student, word)
        reader.until(word)
        return time.monotonic() - began

    def get(self, who: str, path: str) -> httpx.Response:
        return self.http.get(path, headers=self.academy.headers(who))

    def delete(self, who: str, path: str) -> httpx.Response:
        return self.http.delete(path, headers=self.academy.headers(who))

    def leave(self) -> None:
        """Close what is still open."""
        for reader in self.readers:
            reader.close()
        self.http.close()
