"""Files that cost a decoder much, through real servers: pages go on, memory stays, codes don't wait for pictures."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conversations import hostile
from tests.conversations.files import PDF, picture
from tests.live.test_files import Place, place  # noqa: F401 - a fixture
from tests.pace import Pace
from tests.servers import children

MB = 1_000_000
# What a process may take more than when it had nothing to do. Each of these files took a gigabyte of it, or more.
MORE = 120 * MB
# What the process has that reads one file (apps.core.sandbox).
READER = 768 * MB
PARTS = ("server", "web", "worker")
# What costs most of memory, of time, and of both; tests/core/test_sandbox.py tries all others.
PICTURES = ("a GIF whose later frames grow", "a JPEG of 150 scans", "a PNG of 64 megapixels with 64 bits")
ARCHIVES = ("LZMA with a dictionary of 4 GB", "a workbook that unpacks to 300 MB")
NOT_READY = (
    "SELECT count(*) FROM conversations_attachment AS sent JOIN files_storedfile AS file ON file.id = file_id"
    " WHERE sent.id IN ({}) AND ready IS NULL AND failed = ''"
)


class Memory(threading.Thread):
    """Looks again and again how much memory the processes of a server had at most, and the readers of files."""

    def __init__(self, place: Place) -> None:  # noqa: F811
        super().__init__(daemon=True)
        self.place = place
        self.most: dict[int, int] = {}
        self.readers = 0
        self.stopping = threading.Event()

    def look(self) -> dict[int, int]:
        found = {}
        for name in PARTS:
            if process := self.place.server.processes.get(name):
                for pid in [process.pid, *children(process.pid)]:
                    peak = peak_of(pid)
                    if b"apps.core.sandboxed" in command(pid):
                        self.readers = max(self.readers, peak)
                    elif peak:
                        found[pid] = peak
        return found

    def run(self) -> None:
        # The kernel keeps the peaks; only a reader that ends between two looks takes its own with it.
        while not self.stopping.wait(0.1):
            self.most |= self.look()

    def forget(self) -> None:
        """Begin the peaks anew, at what the processes have now (proc(5), clear_refs)."""
        for pid in self.look():
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_of(pid: int) -> int:
    """The most memory that a process had, in bytes; 0 of one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.fixture
def memory(place: Place) -> Iterator[Memory]:  # noqa: F811 - the fixture
    """Of a server that has done once what it does here, and then nothing."""
    place.server.wait_for(f"{place.server.url}/readyz")
    settled(place, place.upload(picture(), "warm.jpg")["id"])
    for _ in range(4):
        photo(place, picture())
        place.upload(PDF, "warm.pdf")
    memory = Memory(place)
    memory.forget()
    idle = memory.look()
    memory.start()
    yield memory
    memory.stopping.set()
    memory.join(30)
    for pid, most in memory.most.items():
        if pid not in idle and not command(pid):
            continue  # A fork that hadn't become a reader yet: its memory was its parent's.
        # A process of the pages that was put in another one's place has no idle time to compare with.
        grown = most - idle.get(pid, min(idle.values()))
        assert grown < MORE, f"{command(pid)!r} took {grown / MB:.0f} MB more"
    assert 0 < memory.readers < READER


def photo(place: Place, content: bytes) -> httpx.Response:  # noqa: F811
    url = f"{place.server.url}/accounts/settings/photo/"
    return httpx.post(url, files={"photo": ("me", content)}, headers=place.academy.headers("staff0"), timeout=120)


def attach(place: Place, content: bytes) -> httpx.Response:  # noqa: F811
    url = place.server.url + place.path()
    return httpx.post(url, files={"file": ("a.bin", content)}, headers=place.academy.headers("staff0"), timeout=120)


def settled(place: Place, *ids: int) -> None:  # noqa: F811
    """Until each picture is ready, or has failed."""
    deadline = time.monotonic() + 280
    marks = ",".join("?" * len(ids))
    waiting = NOT_READY.format(marks)
    while place.server.rows(waiting, *ids)[0][0]:
        assert time.monotonic() < deadline, "a picture was neither prepared nor given up"
        time.sleep(0.2)


@pytest.mark.timeout(900)
def test_what_is_hostile_costs_little_and_pages_go_on(place: Place, memory: Memory, pace: Pace) -> None:  # noqa: F811
    waiting = []
    for name in PICTURES:
        content = hostile.PICTURES[name]()
        for send in (photo, attach):
            answer = send(place, content)
            assert answer.status_code in {200, 201, 422}, f"{name}: {answer.status_code}"
            if answer.status_code == 201:
                waiting.append(answer.json()["id"])
        began = time.monotonic()
        assert httpx.get(f"{place.server.url}/healthz", timeout=60).status_code == 200
        pace.assert_within(1, began)
    for name in ARCHIVES:
        answer = attach(place, hostile.ARCHIVES[name]())
        assert answer.status_code == 422, f"{name}: {answer.status_code}"
        assert answer.json()["error"].endswith(".")
    settled(place, *waiting)
    assert memory.most


def test_a_code_does_not_wait_for_pictures(place: Place, memory: Memory) -> None:  # noqa: F811
    """The link for somebody who forgot their password leaves while pictures are still being prepared."""
    slow = hostile.deep_png()
    ids = [attach(place, slow).json()["id"] for _ in range(4)]
    before = place.server.log().count("Subject:")
    [(address,)] = place.server.rows(
        "SELECT email FROM accounts_user WHERE id = ?", place.academy.people["staff0"]["id"]
    )
    with httpx.Client(base_url=place.server.url, timeout=60) as client:
        client.get("/accounts/password/reset/")
        token = next(value for name, value in client.cookies.items() if name.endswith("csrftoken"))
        client.post(
            "/accounts/password/reset/",
            data={"email": address, "csrfmiddlewaretoken": token},
            headers={"Referer": place.server.url},
        )
    deadline = time.monotonic() + 150
    while place.server.log().count("Subject:") == before:
        assert time.monotonic() < deadline, "no mail left"
        time.sleep(0.05)
    marks = ",".join("?" * len(ids))
    still = NOT_READY.format(marks)
    assert place.server.rows(still, *ids)[0][0], "the pictures were sooner: too few of them"
    settled(place, *ids)
