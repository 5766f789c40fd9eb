"""Students who sit an exam: each types on, and sends what isn't acknowledged until it is, as their page does."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.assessments.exam import QUESTIONS, RIGHT
from tests.faults.wire import Cut, Wire

PAUSE_SECONDS = 2.0
RETRY_SECONDS = 0.3


@dataclass
class Sitter:
    """One student at one page. `typed` is the last text of each question, `kept` what no server has acknowledged."""

    wire: Wire
    who: str
    quiz: int
    typed: dict[int, str] = field(default_factory=dict)
    kept: dict[int, tuple[int, str]] = field(default_factory=dict)
    # Moments (of time.monotonic) of each text, of each acknowledged post, and of each that failed.
    texts: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    offline: bool = False
    # How many of their posts lose the connection before the answer comes back.
    loses: float = 0.05
    stopping: bool = False

    async def run(self) -> None:
        """Start, and answer until `stopping`; then send what is left and hand in."""
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))
        await self._insist(f"/quizzes/{self.quiz}/attempts/")
        sending = asyncio.ensure_future(self._send_on())
        while not self.stopping:
            self._type()
            await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))
        await sending
        await self._insist(f"/quizzes/{self.quiz}/attempts/1/end/")

    def _type(self) -> None:
        slot, text = random.randint(1, QUESTIONS), random.choice([RIGHT, f"{self.who} {len(self.texts)}"])
        self.typed[slot] = text
        self.texts.append(time.monotonic())
        self.kept[slot] = len(self.texts), text

    async def _send_on(self) -> None:
        while self.kept or not self.stopping:
            done = bool(self.kept) and not self.offline and await self._send()
            await asyncio.sleep(0.05 if done else RETRY_SECONDS)

    async def _send(self) -> bool:
        """Post all that is kept; whether it was acknowledged."""
        sent, path = dict(self.kept), f"/quizzes/{self.quiz}/attempts/1/"
        fields = {"script": "1"}
        for slot, (counter, text) in sent.items():
            fields |= {f"c{slot}": str(counter), f"a{slot}": text}
        if random.random() < self.loses:
            await self._lose(path, fields)
            return False
        status, text = await self._ask(path, fields)
        if status != 200:
            return False
        # One whose first answer was lost is older the second time.
        outcome = json.loads(text)
        assert {*outcome["taken"], *outcome["older"]} == {*sent}, text
        for slot, each in sent.items():
            if self.kept[slot] == each:
                del self.kept[slot]
        return True

    async def _lose(self, path: str, fields: dict[str, str]) -> None:
        """Send a post and go before its answer, at any point of the way."""
        address, post = urlsplit(self.wire.url), self.wire.request(self.who, "POST", path, fields)
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
        except OSError:
            return
        writer.write(post[: random.choice([len(post), len(post), random.randrange(len(post))])])
        await asyncio.sleep(random.uniform(0, 0.05))
        writer.close()

    async def _insist(self, path: str) -> None:
        while (await self._ask(path, {}))[0] // 100 not in (2, 3):
            await asyncio.sleep(RETRY_SECONDS)

    async def _ask(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """The status (0: no answer) and the text; what is refused for good is an error of the test."""
        began = time.monotonic()
        try:
            answer = await self.wire.ask(self.who, "POST", path, fields)
        except Cut:
            self.failures.append(began)
            return 0, ""
        assert answer.status < 400 or answer.status >= 500, f"{path} of {self.who}: {answer.status} {answer.text[:300]}"
        (self.failures if answer.status >= 500 else self.saves).append(began)
        return answer.status, answer.text
