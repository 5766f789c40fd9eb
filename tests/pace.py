"""What a second is worth on this machine in this moment: ordinary posts to a bare server, beside what a test measures.

A promise in seconds is kept where it took no longer than RATIO of these posts, or than was promised. The server
(`python -m tests.pace`) inserts a row and is no part of Homeroom: no fault of Homeroom's can slow it.
"""

import http.client
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

# A post of Homeroom's goes through nginx, a Python with much in memory and PostgreSQL.
RATIO = 20
EVERY_SECONDS = 0.1


class Pace(threading.Thread):
    """Posts all the time and remembers when each post began and ended."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        command = [sys.executable, "-m", "tests.pace"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.server.stdout
        self.port = int(self.server.stdout.readline())
        self.posts = [self.post()]
        self.began = time.monotonic()
        self.stopping = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.stopping.wait(EVERY_SECONDS):
            self.began = time.monotonic()
            self.posts.append(self.post())

    def post(self) -> tuple[float, float]:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/", b"body=ordinary")
        assert connection.getresponse().read() == b"kept"
        connection.close()
        return began, time.monotonic()

    def stop(self) -> None:
        self.stopping.set()
        self.join(60)
        self.server.kill()
        self.server.communicate()

    def allowed(self, promised: float, began: float, ended: float | None = None) -> float:
        """How many seconds may be taken between these moments (of time.monotonic) where so many are promised."""
        now = time.monotonic()
        ended = ended or now
        posts = [*self.posts, (self.began, now)] if self.began > self.posts[-1][1] else [*self.posts]
        beside = [post for post in posts if post[1] > began and post[0] < ended] or posts[-1:]
        return max(promised, RATIO * max(to - since for since, to in beside))

    def check(self, promised: float, began: float, ended: float | None = None) -> None:
        """Fail where what began and ended at these moments took longer than promised, for this machine."""
        ended = ended or time.monotonic()
        allowed = self.allowed(promised, began, ended)
        assert ended - began < allowed, (
            f"took {ended - began:.2f} s, {promised} s are promised, {allowed:.2f} s allowed"
        )


@pytest.fixture(scope="session")
def pace() -> Iterator[Pace]:
    pace = Pace()
    yield pace
    pace.stop()


class Bare(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with database:
            database.execute("INSERT INTO message (body) VALUES (?)", [body])
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"kept")

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    database = sqlite3.connect("")  # A file that is deleted in the end.
    database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, body TEXT)")
    with HTTPServer(("127.0.0.1", 0), Bare) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
