"""A load of writers and readers on one server, and what must be true of it when a fault is over."""

import asyncio
import time
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from tests.faults.pages import JITTER, RECONNECT_MOST, Page, fresh, until
from tests.faults.size import SIZE
from tests.faults.wire import Wire
from tests.faults.writers import SECRET, Attempt, Writer, slowest
from tests.pace import Pace
from tests.servers import Academy, Server

# What is promised.
EQUAL_SECONDS = 3.0
POST_SECONDS = 1.0
WRITERS = 8


class Loop:
    """An event loop in a thread: readers and writers go on there while a test does something to the server."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, name="readers and writers", daemon=True)
        self.thread.start()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(1_000)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


class Scene:
    """Three threads that nobody has written in, eight who write there, twelve pages that show them."""

    def __init__(self, server: Server, academy: Academy, first: int, loop: Loop, pace: Pace) -> None:
        self.server, self.academy, self.loop, self.pace = server, academy, loop, pace
        self.wire = Wire(server.url, academy)
        self.students = [first, first + 1, first + 2]
        self.pages = [page for student in self.students for page in self._pages(student)]
        self.writers = self._writers()
        # Seconds more that this scene's pages may take to be equal again, by what is promised.
        self.slack = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def _pages(self, student: int) -> list[Page]:
        people = ["staff0", "staff1", self.academy.students[student]["teacher"]]
        pages = [Page(self.wire, who, student, staff=True) for who in people]
        return [*pages, Page(self.wire, f"student{student}", student, staff=False)]

    def _writers(self) -> list[Writer]:
        threads = {student: self.academy.students[student]["conversation"] for student in self.students}
        staff = [Writer(self.wire, f"staff{number}", [*threads.values()], staff=True) for number in range(4)]
        first, second, _ = self.students
        teachers = [
            Writer(self.wire, self.academy.students[n]["teacher"], [threads[n]], staff=True) for n in (first, second)
        ]
        students = [Writer(self.wire, f"student{n}", [threads[n]], staff=False) for n in (first, second)]
        assert len(staff + teachers + students) == WRITERS
        return staff + teachers + students

    @contextmanager
    def load(self, pause: float | None = None) -> Iterator[None]:
        """Everybody reads, and writes until the block ends; it begins with a while in which nothing is wrong."""
        for writer in self.writers:
            writer.pause = pause or writer.pause
        self.loop.run(self._begin())
        try:
            self.wait_for_writing()
            yield
        finally:
            self.loop.run(self._stop())

    async def _begin(self) -> None:
        for page in self.pages:
            page.open()
        assert await until(lambda: all(page.is_open for page in self.pages), time.monotonic() + 120)
        self._tasks = [asyncio.ensure_future(writer.run()) for writer in self.writers]

    async def _stop(self) -> None:
        for writer in self.writers:
            writer.stopping = True
        await asyncio.gather(*self._tasks)

    def wait_for_writing(self, rounds: int = SIZE.rounds) -> None:
        """Until everybody has tried to write so many times from now on."""
        now = time.monotonic()

        def written() -> bool:
            return all(sum(tried.began > now for tried in writer.attempts) >= rounds for writer in self.writers)

        assert self.loop.run(until(written, now + 300)), "nobody writes any more"

    def end(self) -> None:
        self.loop.run(self._close())

    async def _close(self) -> None:
        await asyncio.gather(*(page.close() for page in self.pages))

    @property
    def longest_pause(self) -> float:
        """How long a page may wait at most until it tries again to open its stream."""
        return RECONNECT_MOST * (1 + JITTER)

    def check(self, over: float) -> None:
        """All that must hold once a fault is over (a moment of time.monotonic) and nobody writes any more."""
        self.check_pages(over)
        self.check_stored()
        self.check_secrets()

    def check_pages(self, over: float) -> None:
        """Each page equals a fresh one, within EQUAL_SECONDS on this machine."""
        wrong = self.loop.run(self._compare())
        assert not wrong, f"{time.monotonic() - over:.1f} s after the fault: {wrong}"
        changed = max(page.changed_at for page in self.pages)
        print(f"equal {changed - over:.2f} s after the fault")
        self.pace.assert_within(EQUAL_SECONDS + self.slack, over, max(over, changed))

    async def _compare(self) -> list[str]:
        """How the pages differ from fresh ones, once none does or a minute is over."""
        views = list({(page.thread, page.staff): page for page in self.pages}.values())
        loaded = await asyncio.gather(*(fresh(page) for page in views))
        wanted = {(page.thread, page.staff): page.shown for page in loaded}
        assert any(wanted.values()), "nobody wrote anything"

        def wrong() -> list[str]:
            differences = (page.differs_from(wanted[page.thread, page.staff]) for page in self.pages)
            return [difference for difference in differences if difference]

        await until(lambda: not wrong(), time.monotonic() + 60)
        return wrong()

    def check_stored(self) -> None:
        """What was acknowledged is stored once, as it was acknowledged last, and nothing else is."""
        threads = [self.academy.students[student]["conversation"] for student in self.students]
        rows = self.server.rows(
            "SELECT id, client_key, conversation_id, body, deleted IS NOT NULL FROM conversations_message"
            f" WHERE conversation_id IN ({', '.join('?' * len(threads))})",
            *threads,
        )
        stored = sorted(
            (number, str(uuid.UUID(str(key))), thread, "" if gone else body, bool(gone))
            for number, key, thread, body, gone in rows
        )
        acknowledged = sorted(
            (sent.number, sent.key, sent.thread, "" if sent.deleted else sent.body, sent.deleted)
            for writer in self.writers
            for sent in writer.sent
        )
        lost = [sent for sent in acknowledged if sent not in stored]
        surplus = [row for row in stored if row not in acknowledged]
        assert (lost, surplus) == ([], [])
        assert len(stored) == len(acknowledged)

    def check_secrets(self) -> None:
        """What staff write among themselves came to each of them, and not one byte of it to a student."""
        spoken = {sent.thread for writer in self.writers for sent in writer.sent if SECRET in sent.body}
        assert spoken
        for page in self.pages:
            assert (SECRET in "".join(page.heard)) == (page.staff and page.thread in spoken), page.who

    def check_times(self, began: float, ended: float) -> None:
        """No request to write took longer than POST_SECONDS on this machine in this time, or was refused."""
        slow = slowest(self.writers, lambda attempt: attempt.ended > began and attempt.began < ended)
        print(f"slowest {slow.deed} {slow.seconds:.2f} s")
        self.pace.assert_within(POST_SECONDS, slow.began, slow.ended)
        assert self.failed(began, ended) == []

    def failed(self, began: float, ended: float) -> list[Attempt]:
        """The requests to write of this time that were not acknowledged."""
        attempts = (attempt for writer in self.writers for attempt in writer.attempts)
        return [attempt for attempt in attempts if began <= attempt.began < ended and attempt.status // 100 != 2]
