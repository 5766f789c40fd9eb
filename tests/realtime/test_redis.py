"""Several processes on one machine: pages under a WSGI server, streams beside them, Redis in between."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live.readers import Reader
from tests.servers import OneMachine
from tests.services import Redis, new_database


@pytest.fixture
def machine(tmp_path: Path, postgres: str, redis_server: Redis) -> Iterator[OneMachine]:
    with OneMachine(tmp_path, new_database(postgres), redis_server) as machine:
        yield machine


def test_what_one_process_writes_another_streams_also_after_redis_was_away(machine, redis_server):
    academy = machine.seed()
    student, thread = academy.students[0]["id"], academy.students[0]["conversation"]
    headers = academy.headers("staff0")
    reader = Reader(f"{machine.url}/events/?channel=student-{student}", headers)
    reader.until("stream-open", 2)  # Its own, and the one that follows the subscription.

    def post(client: httpx.Client, body: str) -> float:
        began = time.monotonic()
        data = {"body": body, "audience": "everyone"}
        answer = client.post(f"{machine.url}/conversations/{thread}/messages/", data=data, headers=headers)
        assert answer.status_code == 201, answer.text
        return time.monotonic() - began

    with httpx.Client(timeout=60) as client:
        usual = max(post(client, f"through redis {n}") for n in range(5))
        reader.until("through redis 4")
        opened = reader.heard.count("stream-open")
        redis_server.stop()
        slowest = max(post(client, f"while it is away {n}") for n in range(20))
        assert slowest < 1 + usual, "no post waits for Redis"
        assert client.get(f"{machine.url}/readyz").status_code == 503
        redis_server.start()
        # Nobody has to write: every reader is told to catch up.
        reader.until("stream-open", opened + 1)
        post(client, "after it came back")
        reader.until("after it came back")
        missed = client.get(f"{machine.url}/conversations/{thread}/messages/?after=1.0", headers=headers)
        assert missed.text.count("while it is away") == 20
    machine.wait_for(f"{machine.url}/readyz")  # As soon as the worker has said that it lives.
    reader.close()
