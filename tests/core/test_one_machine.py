"""What whoever runs Homeroom sees of it, with its real processes: metrics, logs, limits that hold across processes."""

import json
import re
import signal
import time
import uuid
from contextlib import suppress

import httpx

from tests.live.readers import Reader, hear
from tests.servers import OneMachine
from tests.stacks import SEARCHES_PER_PERSON

TYPED = "what-somebody-typed"


def counted(machine: OneMachine, name: str) -> float:
    """A metric without labels, or the sum of all with them; the web process answers for all processes."""
    text = httpx.get(f"{machine.web_url}/metrics").text
    values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert values, f"{name} isn't told"
    return sum(map(float, values))


def until(machine: OneMachine, name: str, wanted: float) -> None:
    deadline = time.monotonic() + 150
    found = None
    while found != wanted:
        assert time.monotonic() < deadline, f"{name} is {found}"
        time.sleep(0.2)
        # While Redis takes its time it isn't told.
        with suppress(AssertionError):
            found = counted(machine, name)


def test_all_processes_are_counted_limited_and_logged_together(one_machine):
    machine, academy = one_machine, one_machine.seed()
    student, thread = academy.students[0]["id"], academy.students[0]["conversation"]
    headers = academy.headers("staff0")
    # All on the one process that is killed in the end.
    stream = f"{machine.stream_urls[0]}/events/?channel=student-{student}"
    readers = [Reader(stream, headers) for _ in range(2)]
    for reader in readers:
        reader.until("stream-open")
    hear(machine, academy, 0)
    until(machine, "homeroom_streams_open", 2)
    posts = counted(machine, "homeroom_post_to_publish_seconds_count")

    # Each on a connection of its own: two worker processes take turns.
    answers = [
        httpx.post(
            f"{machine.url}/conversations/{thread}/messages/?q={TYPED}",
            data={"body": f"{TYPED} {number}", "audience": "everyone", "client_key": str(uuid.uuid4())},
            headers=headers | {"X-Request-ID": "made-up-by-the-client"},
        )
        for number in range(5)
    ]
    search = f"{machine.url}/conversations/search/?q={TYPED}"
    answers += [httpx.get(search, headers=headers) for _ in range(SEARCHES_PER_PERSON + 2)]
    statuses = [201] * 5 + [200] * SEARCHES_PER_PERSON + [429] * 2
    assert [answer.status_code for answer in answers] == statuses
    assert int(answers[-1].headers["Retry-After"]) >= 1
    for number in range(5):
        for reader in readers:
            reader.until(f"{TYPED} {number}")
    assert counted(machine, "homeroom_post_to_publish_seconds_count") >= posts + 5
    until(machine, "homeroom_limited_total", 2)
    until(machine, "homeroom_worker_lives", 1)
    until(machine, "homeroom_queue_length", 0)

    # Through nginx nobody gets there.
    assert httpx.get(f"{machine.url}/metrics").status_code == 404

    # Held still: a sign of life between the count and the end would be one more.
    machine.processes["stream-0"].send_signal(signal.SIGSTOP)
    delivered = counted(machine, "homeroom_events_delivered_total")
    assert delivered >= 10
    machine.kill("stream-0")
    until(machine, "homeroom_streams_open", 0)
    assert counted(machine, "homeroom_events_delivered_total") == delivered
    machine.restart("stream-0")
    machine.wait_for(f"{machine.stream_urls[0]}/healthz")
    for reader in readers:
        reader.close()

    told = [json.loads(line) for line in machine.log().splitlines() if line.startswith("{")]
    by_request = {line["request"]: line for line in told if line["logger"] == "homeroom.access"}
    names = [answer.headers["X-Request-ID"] for answer in answers]
    assert "made-up-by-the-client" not in names
    assert [by_request[name]["status"] for name in names] == statuses
    assert {by_request[name]["user"] for name in names} == {academy.people["staff0"]["id"]}
    assert TYPED not in machine.log()
    assert "@" not in machine.log()
