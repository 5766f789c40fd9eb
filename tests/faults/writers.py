"""Those who write, edit and delete all the time, and remember what the server said it had taken."""

import asyncio
import random
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.wire import Answer, Cut, Wire

# In each text that is for staff alone: what no student may ever be sent, not even a part of.
SECRET = "among-staff-only"
ASK_AGAIN_SECONDS = 0.3


@dataclass
class Sent:
    """A message that the server acknowledged, as it must be stored."""

    number: int
    key: str
    thread: int
    body: str
    at: float
    deleted: bool = False


@dataclass
class Attempt:
    """One request: when it began, how long it took, what it did, and what came back (0: nothing)."""

    began: float
    seconds: float
    deed: str
    status: int

    @property
    def ended(self) -> float:
        return self.began + self.seconds


@dataclass
class Writer:
    """One person at one page after the other: the threads that they write in."""

    wire: Wire
    who: str
    threads: list[int]
    staff: bool
    pause: float = 0.3
    sent: list[Sent] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    stopping: bool = False

    async def run(self) -> None:
        """Until `stopping`; what was begun is still finished."""
        await asyncio.sleep(random.uniform(0, self.pause))
        while not self.stopping:
            mine = [sent for sent in self.sent[-20:] if not sent.deleted]
            deed = random.choices([self._post, self._edit, self._delete], [6, 3 if mine else 0, 1 if mine else 0])[0]
            await deed(random.choice(mine) if mine else None)
            await asyncio.sleep(self.pause * random.uniform(0.7, 1.3))

    async def _post(self, _: Sent | None) -> None:
        thread, secret = random.choice(self.threads), self.staff and random.random() < 0.5
        body = f"{self.who} {len(self.sent)} {SECRET if secret else 'to all'}"
        fields = {"body": body, "audience": "staff" if secret else "everyone", "client_key": str(uuid.uuid4())}
        began = time.monotonic()
        answer = await self._insist("post", "POST", f"/conversations/{thread}/messages/", fields)
        [number] = re.findall(r'<article class="message" id="message-(\d+)"', answer.text)
        self.sent.append(Sent(int(number), fields["client_key"], thread, body, began))

    async def _edit(self, sent: Sent | None) -> None:
        assert sent
        body = f"{sent.body.split(' edited ')[0]} edited {len(self.attempts)}"
        await self._insist("edit", "POST", f"/conversations/{sent.thread}/messages/{sent.number}/", {"body": body})
        sent.body = body

    async def _delete(self, sent: Sent | None) -> None:
        assert sent
        await self._insist("delete", "DELETE", f"/conversations/{sent.thread}/messages/{sent.number}/")
        sent.deleted = True

    async def _insist(self, deed: str, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """Send it until it is acknowledged, as the outbox does; what is refused for good is an error of the test."""
        while True:
            began, status = time.monotonic(), 0
            try:
                answer = await self.wire.ask(self.who, method, path, fields)
                status = answer.status
            except Cut:
                pass
            self.attempts.append(Attempt(began, time.monotonic() - began, deed, status))
            if 200 <= status < 300:
                return answer
            assert status == 0 or status >= 500, f"{deed} by {self.who}: {status} {answer.text[:300]}"
            await asyncio.sleep(ASK_AGAIN_SECONDS)


def slowest(writers: list[Writer], chosen: Callable[[Attempt], bool]) -> Attempt:
    """The attempt that took longest among those chosen."""
    attempts = [attempt for writer in writers for attempt in writer.attempts if chosen(attempt)]
    assert attempts, "nobody wrote anything"
    return max(attempts, key=lambda attempt: attempt.seconds)
