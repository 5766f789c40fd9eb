"""Support under load: 300 people who write to the academy, and 20 staff who answer them, on one machine.

    uv run python -m tests.benchmarks.support [--people 300] [--staff 20] [--seconds 60] [--rush 10] [--json]

The one-machine set-up (pages, one process with the streams, a worker, Redis, PostgreSQL), client and all on this
machine. Each person writes every 12 seconds and each of the staff every 6, at moments of their own; who writes says
first that they type. Each person holds the stream of their page, each of the staff the inbox and all conversations
that they answer.

- Post to seen: from just before the POST until each of those who have the conversation open has parsed the event.
- Lost: what one of them never saw; doubled: what came twice in one version.
- List changes: how often a second the list of one of the staff was told to ask again, at most; each asks for it then.
- Beyond the ceiling: for `--rush` seconds all write as fast as they are answered. Posts wait; none is refused or lost.
"""

import argparse
import asyncio
import json
import random
import time
import uuid
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.live import at, say
from tests.benchmarks.modes import family, found
from tests.benchmarks.single import report, run
from tests.benchmarks.wire import TOKEN, Connection, Stream, now, post_request
from tests.servers import OneMachine

PERSON_EVERY, STAFF_EVERY = 12.0, 6.0
CONNECTIONS = 24
PATIENCE = 60
LIST = "/inbox/"
LISTED = b"event: inbox\n"
# A page asks for its list again so often at most.
LIST_EVERY = 1.0
ROWS = {
    "people": "people, staff",
    "posts": "posts",
    "posts_per_s": "posts a second",
    "p50_ms": "post to seen, p50 ms",
    "p99_ms": "p99 ms",
    "max_ms": "max ms",
    "post_p50_ms": "answer to the post, p50 ms",
    "post_p99_ms": "p99 ms",
    "lost": "lost",
    "doubled": "doubled",
    "typing": "times somebody typed",
    "list_most_per_s": "list of one of the staff, changes a second, at most",
    "list_answers_ms": "the list, p50 ms",
    "memory_mb": "MB of all its processes",
    "rush_posts": "beyond the ceiling: posts",
    "rush_posts_per_s": "posts a second",
    "rush_p99_ms": "answer to a post, p99 ms",
    "rush_lost": "lost",
    "refused": "refused",
}


def make_tickets(staff: list[int], people: list[int]) -> None:
    """Run beside the server's data: each person has asked, and each of the staff has taken their share of it."""
    import django

    django.setup()

    from apps.accounts.models import User
    from apps.support import actions

    users = User.objects.in_bulk([*staff, *people])
    made = []
    for number, person in enumerate(people):
        ticket = actions.ask(users[person], "Where is my invoice?").conversation.ticket
        actions.take(users[staff[number % len(staff)]], ticket)
        made.append(ticket.conversation_id)
    print(json.dumps(made))


def request(port: int, method: str, path: str, session: str, body: str = "") -> bytes:
    """A request of a page of ours."""
    origin = f"http://127.0.0.1:{port}"
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: csrftoken={TOKEN}; sessionid={session}\r\n"
        f"Origin: {origin}\r\nReferer: {origin}/\r\nHX-Request: true\r\nX-CSRFToken: {TOKEN}\r\nAccept: text/html\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


class Page(Stream):
    """A page that is open, and how often its list was told to ask again."""

    def __init__(self, wanted: bytes, opened: "asyncio.Future[None]") -> None:
        super().__init__(wanted, opened)
        self.listed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        if LISTED in data:
            self.listed.set()
        super().data_received(data)


class Crowd:
    """Everyone, with their pages open; what was posted, and what came of it."""

    def __init__(self, server: OneMachine, people: int, staff: int) -> None:
        academy = server.seed(staff=staff, teachers=0, students=people)
        self.port, self.streams = server.web, server.streams[0]
        self.staff = [academy.people[f"staff{number}"] for number in range(staff)]
        self.people = [academy.people[f"student{number}"] for number in range(people)]
        ids = [json.dumps([person["id"] for person in group]) for group in (self.staff, self.people)]
        made = server.run("-m", "tests.benchmarks.support", "--tickets", *ids).stdout
        self.conversations: list[int] = json.loads(made.splitlines()[-1])
        self.pages: list[Page] = []
        self.sent: dict[int, tuple[int, int]] = {}  # Post: when, and in whose conversation.
        self.times: list[float] = []
        self.refused = self.typed = 0
        self.lists: list[list[float]] = [[] for _ in self.staff]  # When each asked for their list.
        self.list_times: list[float] = []
        self.free: asyncio.Queue[Connection] = asyncio.Queue()

    def shares(self, number: int) -> list[int]:
        """Whose questions one of the staff answers."""
        return list(range(number, len(self.people), len(self.staff)))

    async def open(self) -> None:
        """Open everybody's page."""
        for number, person in enumerate(self.people):
            await self._open(person, [self.conversations[number]])
        for number, person in enumerate(self.staff):
            await self._open(person, [self.conversations[each] for each in self.shares(number)[:15]], "inbox")
        for _ in range(CONNECTIONS):
            self.free.put_nowait(await Connection.to(self.port))

    async def _open(self, person: dict[str, Any], talks: list[int], *more: str) -> None:
        query = urlencode(
            {"channel": [f"user-{person['id']}", *more, *(f"conversation-{pk}" for pk in talks)]}, doseq=True
        )
        wanted = (
            f"GET /events/?{query} HTTP/1.1\r\nHost: 127.0.0.1:{self.streams}\r\n"
            f"Cookie: sessionid={person['session']}\r\nAccept: text/event-stream\r\n\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        opened = loop.create_future()
        _, page = await loop.create_connection(lambda: Page(wanted, opened), "127.0.0.1", self.streams)
        await asyncio.wait_for(opened, PATIENCE)
        self.pages.append(page)

    async def ask(self, wanted: bytes) -> tuple[int, bytes]:
        """What a page asks for, on one of the connections; it waits where all are in use."""
        connection = await self.free.get()
        try:
            return await connection.ask(wanted)
        finally:
            self.free.put_nowait(connection)

    async def post(self, talk: int, session: str, *, typing: bool = True) -> None:
        """Type, and write a message."""
        pk = self.conversations[talk]
        if typing:
            await self.ask(request(self.port, "POST", f"/conversations/{pk}/typing/", session, "audience=everyone"))
            self.typed += 1
        number = len(self.sent) + 1
        start = now()
        self.sent[number] = (start, talk)
        wanted = post_request(self.port, pk, session, number, client_key=str(uuid.uuid4()))
        status, _ = await self.ask(wanted)
        self.refused += status != 201
        self.times.append((now() - start) / 1e6)

    async def write_now_and_then(self, session: str, talks: list[int], every: float, until: float) -> None:
        """One writer, at moments of their own."""
        due = time.monotonic() + random.random() * every
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.post(random.choice(talks), session)
            due += every * random.uniform(0.5, 1.5)

    async def write_all_the_time(self, session: str, talks: list[int], until: float) -> None:
        """One writer who writes as soon as they were answered."""
        while time.monotonic() < until:
            await self.post(random.choice(talks), session, typing=False)

    async def follow_list(self, number: int) -> None:
        """The list of one of the staff asks for itself when it is told to, a second after the last time at least."""
        page, session = self.pages[len(self.people) + number], self.staff[number]["session"]
        while True:
            await page.listed.wait()
            page.listed.clear()
            start = time.monotonic()
            self.lists[number].append(start)
            await self.ask(request(self.port, "GET", LIST, session))
            self.list_times.append((time.monotonic() - start) * 1_000)
            await asyncio.sleep(max(0.0, start + LIST_EVERY - time.monotonic()))

    def writers(self) -> list[tuple[str, list[int], float]]:
        """Everyone's session, where they write, and how often."""
        people = [(person["session"], [number], PERSON_EVERY) for number, person in enumerate(self.people)]
        staff = [(person["session"], self.shares(number)[:15], STAFF_EVERY) for number, person in enumerate(self.staff)]
        return people + staff

    async def seen(self) -> dict[str, Any]:
        """What became of all that was posted since this was last asked."""
        wanted: Counter[int] = Counter()
        readers = [{number} for number in range(len(self.people))]
        readers += [set(self.shares(number)[:15]) for number in range(len(self.staff))]
        for _, talk in self.sent.values():
            wanted.update(index for index, talks in enumerate(readers) if talk in talks)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and any(len(page.seen) < wanted[i] for i, page in enumerate(self.pages)):
            await asyncio.sleep(0.1)
        times, lost, doubled = [], 0, 0
        for page, talks in zip(self.pages, readers, strict=True):
            missing = {number for number, (_, talk) in self.sent.items() if talk in talks}
            for number, _, _, when in page.seen:
                if int(number) in missing:
                    missing.discard(int(number))
                    times.append((when - self.sent[int(number)][0]) / 1e6)
            lost += len(missing)
            versions = Counter(event[1:3] for event in page.seen)
            doubled += sum(versions.values()) - len(versions)
            page.seen = []
        count, own = len(self.sent), sorted(self.times)
        self.times = []
        self.sent = {}
        return {"times": sorted(times), "own": own, "lost": lost, "doubled": doubled, "posts": count}


async def measure(server: OneMachine, options: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    crowd = Crowd(server, options.people, options.staff)
    await crowd.open()
    followers = [asyncio.ensure_future(crowd.follow_list(number)) for number in range(options.staff)]
    say("everybody is here …")
    until = time.monotonic() + options.seconds
    await asyncio.gather(*(crowd.write_now_and_then(*writer, until) for writer in crowd.writers()))
    steady = await crowd.seen()
    memory = sum(process.memory_full_info().uss for process in family(found(server)))
    lists, typed = max(most_a_second(times) for times in crowd.lists), crowd.typed
    list_times = sorted(crowd.list_times)
    say("beyond the ceiling …")
    start = time.monotonic()
    until = start + options.rush
    await asyncio.gather(*(crowd.write_all_the_time(*writer[:2], until) for writer in crowd.writers()))
    took = time.monotonic() - start
    rush = await crowd.seen()
    for follower in followers:
        follower.cancel()
    return {
        "people": options.people + options.staff,
        "posts": steady["posts"],
        "posts_per_s": round(steady["posts"] / options.seconds, 1),
        "p50_ms": round(at(steady["times"], 0.5)),
        "p99_ms": round(at(steady["times"], 0.99)),
        "max_ms": round(at(steady["times"], 1)),
        "post_p50_ms": round(at(steady["own"], 0.5)),
        "post_p99_ms": round(at(steady["own"], 0.99)),
        "lost": steady["lost"],
        "doubled": steady["doubled"],
        "typing": typed,
        "list_most_per_s": lists,
        "list_answers_ms": round(at(list_times, 0.5)),
        "memory_mb": round(memory / 1e6),
        "rush_posts": rush["posts"],
        "rush_posts_per_s": round(rush["posts"] / took, 1),
        "rush_p99_ms": round(at(rush["own"], 0.99)),
        "rush_lost": rush["lost"],
        "refused": crowd.refused,
    }


def most_a_second(times: list[float]) -> int:
    """How many of these moments lie within one second, at most."""
    return max((sum(start <= other < start + 1 for other in times) for start in times), default=0)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--staff", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rush", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tickets", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tickets:
        make_tickets(*map(json.loads, options.tickets))
        return
    report(run(measure, options), ROWS, options.json)


if __name__ == "__main__":
    main()
