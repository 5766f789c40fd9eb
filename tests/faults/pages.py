"""A page with a thread on it, without a browser: it applies what static/js/thread/cursors.js and htmx would."""

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.faults.wire import Cut, Wire

ARTICLE = re.compile(
    r'<article class="message" id="message-(\d+)" data-key="\d+" data-version="(\d+)"'
    r'[^>]*? data-audience="(\w+)".*?</article>',
    re.DOTALL,
)
# As base.html sets them for hx-sse, and cursors.js for a question that failed.
RECONNECT_SECONDS, RECONNECT_MOST, JITTER = 0.5, 4.0, 0.3
ASK_AGAIN_SECONDS, ASK_AGAIN_MOST = 1.0, 4.0


class Message(NamedTuple):
    version: int
    html: str


Shown = dict[int, Message]


class Page:
    """One open page of one person."""

    def __init__(self, wire: Wire, who: str, student: int, *, staff: bool, start: "Page | None" = None) -> None:
        self.wire, self.who, self.student, self.staff = wire, who, student, staff
        about = wire.academy.students[student]
        self.thread: int = about["conversation"]
        names = [f"student-{about['id']}", f"student-{about['id']}-staff"][: 2 if staff else 1]
        self.events = "/events/?" + "&".join(f"channel={name}" for name in names)
        self.messages = f"/conversations/{self.thread}/messages/"
        self.cursor = list(start.cursor) if start else [0] * len(names)
        self.shown: Shown = dict(start.shown) if start else {}
        # When each message was first seen, and all that ever came, as it came.
        self.seen: dict[int, float] = {}
        self.changed_at = 0.0
        self.heard: list[str] = []
        self.opened = 0  # How often its stream was opened, and whether it is now.
        self.is_open = False
        self.ended_at = 0.0
        self.gone = False
        self.refused: list[int] = []
        self._wanted = False
        self._asking: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def asking(self) -> bool:
        """Whether a question for what it missed is under way."""
        return bool(self._asking and not self._asking.done())

    def open(self) -> None:
        """Begin to follow, unless it does; on the event loop."""
        if not self._following:
            self._following = asyncio.ensure_future(self._follow())

    async def close(self) -> None:
        for task in (self._following, self._asking):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _follow(self) -> None:
        attempt = 0
        while not self.gone:
            if attempt:
                delay = min(RECONNECT_SECONDS * 2 ** (attempt - 1), RECONNECT_MOST)
                await asyncio.sleep(delay * random.uniform(1 - JITTER, 1 + JITTER))
            attempt += 1
            try:
                reader, writer, answer = await self.wire.connect(self.wire.request(self.who, "GET", self.events))
            except Cut:
                continue
            try:
                if answer.status == 200:
                    attempt = 1
                    await self._read(reader)
                else:
                    self.refused.append(answer.status)
                    if answer.status == 404:
                        self._catch_up()
            except OSError:
                pass
            finally:
                if self.is_open:
                    self.is_open, self.ended_at = False, time.monotonic()
                writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = ""
        while data := await reader.read(1 << 16):
            # Events are ASCII apart from names and texts: these tests write nothing else.
            text = data.decode()
            self.heard.append(text)
            *events, rest = (rest + text).split("\n\n")
            for event in events:
                self._apply_event(event)

    def _apply_event(self, event: str) -> None:
        lines = event.split("\n")
        if "event: stream-open" in lines:
            self.opened += 1
            self.is_open = True
            self._catch_up()
        data = "\n".join(line.removeprefix("data:").removeprefix(" ") for line in lines if line.startswith("data:"))
        # What is for another thread finds no place on this page.
        if f'hx-target="#conversation-{self.thread}-messages"' in data and self._admit(data):
            self._catch_up()

    def _admit(self, html: str, *, paged: bool = False) -> bool:
        """Show what is newer than what is shown; whether a number was skipped."""
        gap = False
        for found in ARTICLE.finditer(html):
            number, version, clock = int(found[1]), int(found[2]), int(found[3] == "staff")
            if number not in self.shown or self.shown[number].version < version:
                self.shown[number] = Message(version, found[0])
                self.changed_at = time.monotonic()
                self.seen.setdefault(number, self.changed_at)
            if paged or clock >= len(self.cursor):
                continue
            if version == self.cursor[clock] + 1:
                self.cursor[clock] = version
            elif version > self.cursor[clock]:
                gap = True
        return gap

    def _catch_up(self) -> None:
        """Ask, or once more after the question that is under way (`hx-sync="this:queue last"`)."""
        self._wanted = True
        if not self.asking:
            self._asking = asyncio.ensure_future(self._ask())

    async def _ask(self) -> None:
        in_vain = 0
        while self._wanted and not self.gone:
            self._wanted = False
            if await self.ask_once():
                in_vain = 0
            else:
                self._wanted = True
                wait = min(ASK_AGAIN_SECONDS * 2**in_vain, ASK_AGAIN_MOST)
                in_vain += 1
                await asyncio.sleep(wait * random.uniform(1 - JITTER, 1 + JITTER))

    async def ask_once(self) -> bool:
        """What changed after the cursor, or a piece of it; False where that must be asked for again."""
        try:
            answer = await self.wire.ask(self.who, "GET", f"{self.messages}?after={'.'.join(map(str, self.cursor))}")
        except Cut:
            return False
        self.heard.append(answer.text)
        self.gone = answer.status == 404
        if answer.status != 200:
            return self.gone
        self._admit(answer.text, paged=True)
        reached = map(int, answer.headers["homeroom-cursor"].split("."))
        self.cursor = [max(pair) for pair in zip(self.cursor, reached, strict=True)]
        if answer.headers["homeroom-complete"] == "false":
            self._wanted = True
        return True

    async def load(self) -> Shown:
        """All of the thread at once, as a page that begins now has it."""
        self._wanted = True
        async with asyncio.timeout(300):
            while self._wanted:
                self._wanted = False
                if not await self.ask_once():
                    self._wanted = True
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
        return self.shown

    def differs_from(self, fresh: Shown) -> str:
        """What is wrong with this page, in a few words; empty where it equals the fresh one."""
        if self.shown == fresh:
            return ""
        missing, surplus = sorted(fresh.keys() - self.shown.keys()), sorted(self.shown.keys() - fresh.keys())
        other = sorted(n for n in fresh.keys() & self.shown.keys() if fresh[n] != self.shown[n])
        state = "open" if self.is_open else "not open"
        return (
            f"{self.who} at {self.cursor} (stream {state}): {len(missing)} missing {missing[:5]},"
            f" {len(surplus)} too many {surplus[:5]}, {len(other)} not as stored {other[:5]}"
        )


async def fresh(like: Page) -> Page:
    """The same page loaded just now, which follows nothing."""
    page = Page(like.wire, like.who, like.student, staff=like.staff)
    await page.load()
    return page


async def until(true: Callable[[], bool], deadline: float) -> bool:
    """Whether it became true before this moment."""
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True
