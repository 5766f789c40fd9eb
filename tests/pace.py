"""What a second is worth on this machine in this moment: work that is always the same, beside what a test measures.

A promise in seconds holds for a machine that does this work in USUAL seconds, and in proportion on all others. A
server (`python -m tests.pace`) does it, as a page is built: it is no part of Homeroom, no fault of Homeroom's slows it.
"""

import html
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self

import pytest

# A little less than it is on a machine that does nothing else: promises are about their order of magnitude.
USUAL = 0.02
EVERY_SECONDS = 0.5


class Pace(threading.Thread):
    """Has the work done again and again while a test measures, and remembers when each time began and ended."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        command = [sys.executable, "-m", "tests.pace"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.server.stdout
        self.port = int(self.server.stdout.readline())
        self.lock = threading.Lock()
        self.times: list[tuple[float, float]] = []
        self.wanted, self.stopping = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        while self.wanted.wait() and not self.stopping.is_set():
            self.work()
            self.stopping.wait(EVERY_SECONDS)

    @contextmanager
    def watch(self) -> Iterator[Self]:
        """Measure the machine meanwhile: all the time it would cost the other tests a tenth of a core."""
        self.work()
        self.wanted.set()
        try:
            yield self
        finally:
            self.wanted.clear()

    def work(self) -> None:
        with self.lock:
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
            connection.request("POST", "/")
            connection.getresponse().read()
            connection.close()
            self.times.append((began, time.monotonic()))

    def stop(self) -> None:
        self.stopping.set()
        self.wanted.set()
        self.join(60)
        self.server.kill()
        self.server.communicate()

    def allowed(self, promised: float, began: float, ended: float | None = None) -> float:
        """How many seconds may be taken between these moments (of time.monotonic) where so many are promised.

        The slowest time counts: of those in between, the last one before and one more afterwards.
        """
        ended = ended or time.monotonic()
        self.work()
        before = [each for each in self.times if each[0] <= began][-1:]
        beside = [each for each in self.times if each[1] > began and each[0] < ended]
        slowest = max(until - since for since, until in [*before, *beside, self.times[-1]])
        return promised * max(1, slowest / USUAL)

    def assert_within(self, promised: float, began: float, ended: float | None = None) -> None:
        """Fail where what began and ended at these moments took longer than promised, for this machine."""
        took = (ended or time.monotonic()) - began
        if took > promised:
            allowed = self.allowed(promised, began, began + took)
            assert took < allowed, f"took {took:.2f} s, {promised} s are promised, {allowed:.2f} s allowed"


@pytest.fixture(scope="session")
def one_pace() -> Iterator[Pace]:
    pace = Pace()
    yield pace
    pace.stop()


@pytest.fixture
def pace(one_pace: Pace) -> Iterator[Pace]:
    with one_pace.watch():
        yield one_pace


def page() -> str:
    """As a page is built: rows become HTML."""
    rows = [{"number": number, "body": f"<b>message {number}</b>"} for number in range(20_000)]
    read = json.loads(json.dumps(rows))
    return "".join(f"<article>{row['number']} {html.escape(row['body'])}</article>" for row in read)


class Bare(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        answer = page().encode()
        self.send_response(201)
        self.end_headers()
        self.wfile.write(answer[:100])

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with HTTPServer(("127.0.0.1", 0), Bare) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
