"""Several processes on one machine: pages under a WSGI server, streams beside them, Redis in between."""

import time

import httpx

from tests.live.readers import Reader, hear


def test_what_one_process_writes_another_streams_also_after_redis_was_away(one_machine, pace):
    machine, academy = one_machine, one_machine.seed()
    student, thread = academy.students[0]["id"], academy.students[0]["conversation"]
    headers = academy.headers("staff0")
    for stream in (0, 1):
        hear(machine, academy, stream)
    reader = Reader(f"{machine.url}/events/?channel=student-{student}", headers)
    reader.until("stream-open")

    def post(client: httpx.Client, body: str) -> None:
        data = {"body": body, "audience": "everyone"}
        answer = client.post(f"{machine.url}/conversations/{thread}/messages/", data=data, headers=headers)
        assert answer.status_code == 201, answer.text

    with httpx.Client(timeout=60) as client:
        post(client, "through redis")
        reader.until("through redis")
        opened = reader.heard.count("stream-open")
        machine.redis.stop()
        for number in range(20):
            began = time.monotonic()
            post(client, f"while it is away {number}")
            pace.assert_within(1, began)
        assert client.get(f"{machine.url}/readyz").status_code == 503
        machine.redis.start()
        # Nobody has to write: every reader is told to catch up.
        reader.until("stream-open", opened + 1)
        post(client, "after it came back")
        reader.until("after it came back")
        missed = client.get(f"{machine.url}/conversations/{thread}/messages/?after=1.0", headers=headers)
        assert missed.text.count("while it is away") == 20
    machine.wait_for(f"{machine.url}/readyz")  # As soon as the worker has said that it lives.
    for stream in (0, 1):
        hear(machine, academy, stream)
    reader.close()
