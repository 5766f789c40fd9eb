"""A timed quiz under load: 300 people who sit it at once on one machine, each saving an answer every two seconds.

    uv run python -m tests.benchmarks.quizzes [--people 300] [--every 2] [--seconds 120] [--json]

The one-machine set-up (pages, one process with the streams, a worker, Redis, PostgreSQL), client and all on this
machine. All start within ten seconds, save at moments of their own, and hand in at once at the end.

- Save: from just before the POST until its answer says that it is taken.
- Lost: answers whose last version that was sent isn't what the database holds afterwards.
"""

import argparse
import asyncio
import json
import random
import time
from typing import Any
from urllib.parse import urlencode

from tests.assessments.exam import QUESTIONS, STORED
from tests.benchmarks.live import at, say
from tests.benchmarks.single import report, run
from tests.benchmarks.support import request
from tests.benchmarks.wire import Connection
from tests.servers import OneMachine

CONNECTIONS = 24
START_WITHIN = 10.0
ENDED = "SELECT count(*) FROM assessments_attempt WHERE quiz_id = ? AND ended_at IS NOT NULL AND points IS NOT NULL"
ROWS = {
    "people": "people",
    "saves": "saves",
    "saves_per_s": "saves a second",
    "start_p99_ms": "start, p99 ms",
    "p50_ms": "save, p50 ms",
    "p99_ms": "p99 ms",
    "max_ms": "max ms",
    "end_p99_ms": "all hand in at once, p99 ms",
    "refused": "refused",
    "lost": "answers lost",
    "ended": "attempts that ended with a mark",
}


class Room:
    """Everyone who sits the quiz; what each has sent, and how long it took."""

    def __init__(self, server: OneMachine, people: int) -> None:
        academy = server.seed(staff=0, teachers=1, students=people)
        self.server, self.port = server, server.web
        self.people = [academy.people[f"student{number}"] for number in range(people)]
        self.quiz = int(server.run("-m", "tests.assessments.exam", str(academy.students[0]["batch"])).stdout)
        self.sent: dict[tuple[int, int], str] = {}
        self.times: dict[str, list[float]] = {"start": [], "save": [], "end": []}
        self.refused = 0
        self.free: asyncio.Queue[Connection] = asyncio.Queue()

    async def ask(self, deed: str, person: dict[str, Any], path: str, **fields: Any) -> tuple[int, bytes]:
        """What somebody's page sends, on one of the connections; it waits where all are in use."""
        start = time.monotonic()
        connection = await self.free.get()
        try:
            wanted = request(self.port, "POST", f"/quizzes/{self.quiz}/{path}", person["session"], urlencode(fields))
            return await connection.ask(wanted)
        finally:
            self.free.put_nowait(connection)
            self.times[deed].append((time.monotonic() - start) * 1_000)

    async def sit(self, person: dict[str, Any], every: float, until: float) -> None:
        """Start, and save an answer now and then."""
        await asyncio.sleep(random.random() * START_WITHIN)
        status, _ = await self.ask("start", person, "attempts/")
        self.refused += status != 302
        due, counter = time.monotonic() + random.random() * every, 0
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            counter += 1
            await self.save(person, random.randint(1, QUESTIONS), counter)
            due += every * random.uniform(0.5, 1.5)

    async def save(self, person: dict[str, Any], slot: int, counter: int) -> None:
        """Save one answer, as a script does."""
        text = f"answer {counter}"
        self.sent[person["id"], slot] = text
        fields = {"script": 1, f"c{slot}": counter, f"a{slot}": text}
        status, body = await self.ask("save", person, "attempts/1/", **fields)
        self.refused += status != 200 or json.loads(body)["taken"] != [slot]

    async def end(self, person: dict[str, Any]) -> None:
        """Hand in."""
        status, _ = await self.ask("end", person, "attempts/1/end/")
        self.refused += status != 302

    def lost(self) -> int:
        """How many of the answers that were sent last aren't those that are stored."""
        stored = {(user, slot): text for user, slot, text in self.server.rows(STORED, self.quiz)}
        return sum(stored.get(key) != text for key, text in self.sent.items())


async def measure(server: OneMachine, options: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    room = Room(server, options.people)
    for _ in range(CONNECTIONS):
        room.free.put_nowait(await Connection.to(room.port))
    say("everybody starts …")
    until = time.monotonic() + START_WITHIN + options.seconds
    await asyncio.gather(*(room.sit(person, options.every, until) for person in room.people))
    say("everybody hands in …")
    await asyncio.gather(*(room.end(person) for person in room.people))
    times = {deed: sorted(each) for deed, each in room.times.items()}
    return {
        "people": options.people,
        "saves": len(times["save"]),
        "saves_per_s": round(len(times["save"]) / options.seconds, 1),
        "start_p99_ms": round(at(times["start"], 0.99)),
        "p50_ms": round(at(times["save"], 0.5)),
        "p99_ms": round(at(times["save"], 0.99)),
        "max_ms": round(at(times["save"], 1)),
        "end_p99_ms": round(at(times["end"], 0.99)),
        "refused": room.refused,
        "lost": room.lost(),
        "ended": server.rows(ENDED, room.quiz)[0][0],
    }


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--every", type=float, default=2)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report(run(measure, options), ROWS, options.json)


if __name__ == "__main__":
    main()
