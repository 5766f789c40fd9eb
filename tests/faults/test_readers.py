"""Readers who take nothing, who come back all at once, and who may no longer read, while eight people write."""

import asyncio
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis

from tests.faults.pages import Page, fresh, until
from tests.faults.scene import Scene
from tests.faults.size import SIZE
from tests.faults.writers import SECRET
from tests.servers import OneMachine, children

BACK_SECONDS = 300
# What a page may have waiting is a megabyte (apps/realtime/hub.py); the rest is what such a load costs anyhow.
FLOOD = 10_000_000
MEMORY = SIZE.stuck * 1_000_000 + 40_000_000


def counted(machine: OneMachine, name: str) -> float:
    text = httpx.get(f"{machine.web_url}/metrics").text
    return sum(map(float, re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))


def resident(machine: OneMachine) -> int:
    """Bytes of memory of all that holds streams."""
    parents = [machine.processes[name].pid for name in ("stream-0", "stream-1", "nginx")]
    pids = parents + [child for parent in parents for child in children(parent)]
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in pids)


@contextmanager
def stuck(scene: Scene, *urls: str) -> Iterator[list[socket.socket]]:
    """Readers who open a stream and read nothing of it, in turn at each of these addresses."""
    page = scene.pages[0]
    request = scene.wire.request(page.who, "GET", page.events)
    with ExitStack() as stack:
        sockets = []
        for number in range(SIZE.stuck):
            address = urlsplit(urls[number % len(urls)])
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(20)
            connection.connect((address.hostname, address.port))
            connection.sendall(request)
            sockets.append(connection)
        yield sockets


def drain(connection: socket.socket) -> None:
    """Read what is left of a stream, to its end; TimeoutError where it has none."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionError:
        pass


def test_readers_who_read_nothing_are_cut_off_and_nobody_else_notices(scene: Scene, machine: OneMachine) -> None:
    """Half of them behind nginx, half at the process itself."""
    dropped, sent = counted(machine, "homeroom_readers_dropped_total"), 0
    # Longer than any message: what is no fragment of theirs, pages leave alone.
    event = f"student-{scene.academy.students[scene.students[0]]['id']}\ndata: {'x' * 50_000}\n\n".encode()
    with stuck(scene, machine.url, machine.stream_urls[0]) as sockets, redis.Redis.from_url(machine.redis.url) as flood:
        with scene.load():
            began, before = time.monotonic(), resident(machine)
            # All of them go; behind nginx it may be nginx that is first to lose its patience (send_timeout).
            while sent < FLOOD or counted(machine, "homeroom_streams_open") > len(scene.pages):
                assert time.monotonic() < began + 250, counted(machine, "homeroom_streams_open")
                for _ in range(20):
                    sent += flood.publish(machine.topic, event) and len(event)
                time.sleep(0.2)
            over, grown = time.monotonic(), resident(machine) - before
            assert counted(machine, "homeroom_readers_dropped_total") >= dropped + SIZE.stuck // 2
        for connection in sockets:
            drain(connection)
    print(f"{grown / 1e6:.0f} MB more; each reader was sent {sent / 1e6:.0f} MB")
    assert grown < MEMORY
    scene.check(over)
    scene.check_times(began, over)


def test_a_crowd_of_readers_comes_back_at_once(scene: Scene, machine: OneMachine) -> None:
    """Both stream processes are killed: each reader comes back by itself."""
    began = time.monotonic()
    crowd = scene.loop.run(_open_crowd(scene))
    first = time.monotonic() - began
    scene.pages += crowd
    try:
        with scene.load(pause=1.5):
            for name in ("stream-0", "stream-1"):
                machine.kill(name)
            for name in ("stream-0", "stream-1"):
                machine.restart(name)
            for address in machine.stream_urls:
                machine.wait_for(f"{address}/healthz")
            over = time.monotonic()
            # How long it takes depends on what else the machine does: it is printed, and the benchmark measures it.
            again = scene.loop.run(_all_open(crowd, 2, over + BACK_SECONDS))
            took = time.monotonic() - over
            print(f"{SIZE.crowd} streams open and caught up in {first:.1f} s, {took:.1f} s after the restart")
            refused = Counter(status for page in crowd for status in page.refused)
            assert again, f"{sum(page.is_open for page in crowd)} open {took:.1f} s after the restart, {refused}"
            # It goes on until each of them has heard on its new stream what is looked for at the end.
            heard_all = until(
                lambda: all(SECRET in "".join(page.heard) for page in crowd), time.monotonic() + BACK_SECONDS
            )
            assert scene.loop.run(heard_all)
            over = time.monotonic()
        # Each of them asks the pages for what it missed: their questions take what they took before.
        scene.slack = 2 * max(first, took)
        scene.check(over)
    finally:
        scene.loop.run(_close(crowd))
        scene.pages = [page for page in scene.pages if page not in crowd]


async def _open_crowd(scene: Scene) -> list[Page]:
    student = scene.students[0]
    start = await fresh(scene.pages[0])
    crowd = [Page(scene.wire, f"staff{n % 4}", student, staff=True, start=start) for n in range(SIZE.crowd)]
    for page in crowd:
        page.open()
    assert await _all_open(crowd, 1, time.monotonic() + BACK_SECONDS)
    return crowd


async def _all_open(crowd: list[Page], times: int, deadline: float) -> bool:
    """Whether each of them has opened its stream so many times before the deadline, and asked for what it missed."""
    return await until(
        lambda: all(page.is_open and page.opened >= times and not page.asking for page in crowd), deadline
    )


async def _close(crowd: list[Page]) -> None:
    await asyncio.gather(*(page.close() for page in crowd))


def test_who_loses_a_student_meanwhile_is_told_nothing_more(scene: Scene) -> None:
    """The right is taken in a process of the pages; the stream is held by another one."""
    student = scene.academy.students[scene.students[2]]
    [page] = [page for page in scene.pages if page.student == scene.students[2] and page.who == student["teacher"]]

    def spoken(since: float) -> bool:
        """Whether those who write in this thread have twice since then."""
        sent = [sent for writer in scene.writers for sent in writer.sent]
        return sum(each.at > since and each.thread == page.thread for each in sent) > 1

    with scene.load():
        path = f"/batches/{student['batch']}/students/{student['id']}/removal/"
        answer = scene.loop.run(scene.wire.ask("staff0", "POST", path))
        assert answer.status == 200, answer.text[:300]
        over = time.monotonic()
        assert scene.loop.run(until(lambda: page.gone, over + 60))
        assert scene.loop.run(until(lambda: spoken(over), over + 120)), "nobody wrote there"
    print(f"its stream ended {page.ended_at - over:.2f} s after its right")
    scene.pace.assert_within(1, over, page.ended_at)
    later = {sent.number for writer in scene.writers for sent in writer.sent if sent.at > over}
    thread = {sent.number for writer in scene.writers for sent in writer.sent if sent.thread == page.thread}
    assert page.seen.keys() & later == set()
    told = "".join(page.heard)
    assert [number for number in later & thread if f"message-{number}" in told] == []
    scene.pages.remove(page)
    scene.check(over)
