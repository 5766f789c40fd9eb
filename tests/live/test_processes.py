"""Several processes behind nginx: what happens when one of them restarts, hangs on to a reader, or counts too many."""

import signal
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import redis

from tests.live.readers import OPEN, People, hear
from tests.pace import Pace
from tests.servers import OneMachine
from tests.stacks import STREAMS_PER_PERSON

OK = "HTTP/1.1 200 OK"


@pytest.fixture(scope="module")
def machine(one_machine: OneMachine) -> OneMachine:
    return one_machine


@pytest.fixture(scope="module")
def people(machine: OneMachine) -> Iterator[People]:
    people = People(machine, machine.seed())
    for stream in range(len(machine.streams)):
        hear(machine, people.academy, stream)
    yield people
    people.leave()


def channel(people: People, student: int) -> str:
    return f"student-{people.student(student)['id']}"


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@contextmanager
def held(machine: OneMachine, people: People, who: str, count: int, stream: int = 0) -> Iterator[list[socket.socket]]:
    """Streams that are opened on one process, and of which nobody reads more than the beginning."""
    session = people.academy.people[who]["session"]
    address = f"/events/?channel={channel(people, 0)}"
    request = f"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: sessionid={session}\r\n\r\n"
    with ExitStack() as stack:
        streams = []
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(20)
            connection.connect(("127.0.0.1", machine.streams[stream]))
            connection.sendall(request.encode())
            streams.append(connection)
        yield streams


def beginning(connection: socket.socket) -> str:
    """What a stream begins with: its first line, once the first event has come too."""
    heard = b""
    while b"\n\n" not in heard.partition(b"\r\n\r\n")[2]:
        piece = connection.recv(1000)
        if not piece:
            break
        heard += piece
    return heard.decode().partition("\r\n")[0]


def test_waiting_streams_hold_no_thread_and_no_connection_to_the_database(people: People, machine: OneMachine) -> None:
    def held_by_all() -> tuple[int, int]:
        [(connections,)] = machine.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return threads(machine.processes["stream-0"].pid), connections

    before = held_by_all()
    with held(machine, people, "staff0", 50) as streams:
        assert {beginning(stream) for stream in streams} == {OK}
        # Each of both would be fifty more; the few that open streams stay.
        assert all(now < then + 25 for now, then in zip(held_by_all(), before, strict=True))


def test_a_person_has_so_many_streams_and_another_person_theirs(people: People, machine: OneMachine) -> None:
    with held(machine, people, "staff1", STREAMS_PER_PERSON) as streams:
        assert {beginning(stream) for stream in streams} == {OK}
        address = f"{machine.stream_urls[0]}/events/?channel={channel(people, 0)}"
        refused = httpx.get(address, headers=people.academy.headers("staff1"))
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) >= 1
        assert "Too many streams" in refused.text
        with held(machine, people, "student0", 1) as [other]:
            assert beginning(other) == OK
    deadline = time.monotonic() + 60
    status = ""
    while status != OK:
        assert time.monotonic() < deadline, "what was closed still counts"
        with held(machine, people, "staff1", 1) as [again]:
            status = beginning(again)


def test_a_reader_who_takes_nothing_is_cut_off_and_costs_no_memory(people: People, machine: OneMachine) -> None:
    """Daphne by itself keeps all that such a reader doesn't take."""
    pid = machine.processes["stream-1"].pid
    well = people.follow("staff0", channel(people, 0))
    with held(machine, people, "student0", 10, stream=1) as stuck:
        for stream in stuck:
            beginning(stream)
        before = resident(pid)
        event = f"{channel(people, 0)}\ndata: {'x' * 50_000}\n\n".encode()
        with redis.Redis.from_url(machine.redis.url) as client:
            for _ in range(200):
                client.publish(machine.topic, event)
                time.sleep(0.005)
            client.publish(machine.topic, f"{channel(people, 0)}\ndata: the end\n\n".encode())
        well.until("the end")
        # Ten times ten megabytes were sent to them; each may keep one waiting.
        assert resident(pid) - before < 40_000_000
        for stream in stuck:
            with pytest.raises(ConnectionError):
                drain(stream)


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def drain(connection: socket.socket) -> None:
    """Read to the end of a stream; ConnectionError where it was cut off."""
    while connection.recv(1 << 20):
        pass


def test_streams_that_restart_one_after_the_other_cost_a_reconnect(
    people: People, machine: OneMachine, pace: Pace
) -> None:
    readers = [people.follow("student1", channel(people, 1)) for _ in range(6)]
    for name in ("stream-0", "stream-1"):
        machine.processes[name].terminate()
        machine.processes.pop(name).wait(60)
        # Whoever comes back is let in at once, by the other one.
        began = time.monotonic()
        back = people.follow("student1", channel(people, 1))
        assert back.heard.startswith(OPEN)
        pace.assert_within(5, began)
        people.say("staff0", 1, f"while {name} was away")
        back.until(f"while {name} was away")
        machine.restart(name)
        machine.wait_for(f"{machine.stream_urls[int(name[-1])]}/healthz")
        hear(machine, people.academy, int(name[-1]))
    for reader in readers:
        reader.until_ended(60)


def test_a_new_release_of_the_pages_has_every_reader_catch_up_and_loses_no_post(
    people: People, machine: OneMachine
) -> None:
    reader = people.follow("student2", channel(people, 2))
    opened = reader.heard.count(OPEN)
    thread = people.student(2)["conversation"]
    machine.processes["web"].send_signal(signal.SIGHUP)
    sent = 0
    deadline = time.monotonic() + 90
    while reader.heard.count(OPEN) == opened:
        assert time.monotonic() < deadline, "no worker began anew"
        message = {"body": f"release {sent}.", "audience": "everyone", "client_key": str(uuid.uuid4())}
        # A page sends again what was not answered, under the same key.
        while people.post("staff0", f"/conversations/{thread}/messages/", **message).status_code not in {200, 201}:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        sent += 1
        time.sleep(0.1)
    stored = machine.rows("SELECT body FROM conversations_message WHERE conversation_id = ? ORDER BY key", thread)
    assert [body for (body,) in stored if body.startswith("release")] == [f"release {n}." for n in range(sent)]


def test_nginx_keeps_to_itself_what_is_not_for_the_outside(people: People, machine: OneMachine) -> None:
    (machine.data / "media" / "secret.txt").write_text("secret")
    assert people.get("admin", "/media/secret.txt").status_code == 404
    assert people.get("admin", "/metrics").status_code == 404
    page = people.get("admin", "/")
    assert page.headers["X-Request-ID"]
    address = page.text.partition('href="/static/')[2].partition('"')[0]
    sheet = people.http.get(f"/static/{address}", headers={"Accept-Encoding": "gzip"})
    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["Cache-Control"]
    assert sheet.headers["Content-Encoding"] == "gzip"
