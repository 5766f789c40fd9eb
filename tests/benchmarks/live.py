"""How fast what one person writes reaches everyone else, what waiting costs, and how much can be written.

    uv run python -m tests.benchmarks.live [--readers 1000] [--posts 100] [--mode floor --mode redis …] [--json]

Starts each way of serving in turn, on this machine and with data of its own, and prints them side by side:

- `floor`: a bare asyncio server, to compare with; `embedded`: the demo's one process on SQLite; `redis`: pages under
  granian (WSGI), streams in one process of Daphne, Redis, PostgreSQL; `pushpin`: the same with Pushpin in front of the
  streams. Only if named: `redis-granian` and `redis-uvicorn`, the same with another server for the streams.
- Post to seen: from just before the POST is sent until each reader has parsed the event; five posts a second to one
  thread that all readers have open. Each reader counts which posts and which versions it saw: none lost, none twice.
- Deliveries a second: 50 posts to that thread as fast as four writers can.
- KB a stream: what the server's processes have for themselves (USS) with all streams open and waiting, less before.
- Posts a second: eight writers, each in threads of their own, no pause; then 50 a second with what these take.

The client is the same for all: readers in a process of their own, writers in this one.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.modes import MODES, THREADS, Target
from tests.benchmarks.wire import Connection, Failure, now, post_request
from tests.elsewhere import ROOT

STANDARD = ("floor", "embedded", "redis", "pushpin")
POSTS_A_SECOND = 5
BURST, BURST_WRITERS = 50, 4
WRITERS = 8
STEADY, STEADY_CONNECTIONS = 50, 16
SETTLE_SECONDS = 2
PATIENCE_SECONDS = 30
ROWS = {
    "p50_ms": "post to seen, p50 ms",
    "p99_ms": "p99 ms",
    "max_ms": "max ms",
    "times_floor": "p50, times the floor",
    "deliveries_per_s": "deliveries a second",
    "lost": "lost",
    "doubled": "doubled",
    "kb_per_stream": "KB a waiting stream",
    "threads": "threads",
    "db_connections": "database connections",
    "posts_per_s": "posts a second",
    "post_p50_ms": f"a post at {STEADY} a second, p50 ms",
    "post_p99_ms": "p99 ms",
    "event_bytes": "bytes of an event",
    "open_s": "seconds to open all streams",
    "refused": "refused at first",
    "memory_mb": "MB of all its processes",
}


class Readers:
    """The process with the readers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, **what: Any) -> dict[str, Any]:
        """Send a line, read a line."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        if not line:
            raise Failure("the readers ended; see above")
        return json.loads(line)


@contextlib.asynccontextmanager
async def reading(target: Target, count: int) -> AsyncIterator[tuple[Readers, dict[str, Any]]]:
    """So many open streams; how many seconds it took to open them, and how often one was refused at first."""
    command = [sys.executable, "-m", "tests.benchmarks.readers"]
    pipe = subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**30)
    try:
        readers = Readers(process)
        yield readers, await readers.ask(port=target.streams, requests=target.stream_requests(count))
    finally:
        if process.returncode is None:
            process.stdin.close()  # type: ignore[union-attr]
            await process.wait()


class Writer:
    """Posts to a running server; numbers the posts and remembers when each was sent."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.numbers = itertools.count(1)
        self.sent: dict[int, int] = {}

    async def connections(self, count: int) -> list[Connection]:
        """So many connections of browsers."""
        return [await Connection.to(self.target.pages) for _ in range(count)]

    async def post(self, connection: Connection, thread: int) -> float:
        """Send one message to a thread (by its place in the list), and return the milliseconds until the answer."""
        number = next(self.numbers)
        conversation, session = self.target.writer(thread)
        request = post_request(self.target.pages, conversation, session, number, client_key=str(uuid.uuid4()))
        start = self.sent[number] = now()
        status, body = await connection.ask(request)
        if status != 201:
            raise Failure(f"a post was answered with {status}: {body[:300]!r}")
        return (now() - start) / 1e6

    def posted(self) -> dict[str, int]:
        """When each post was sent since this was last asked."""
        posts, self.sent = {str(number): when for number, when in self.sent.items()}, {}
        return posts


async def steadily(per_second: float, count: int, act: Callable[[int, float], Awaitable[None]]) -> None:
    """Do something so often, in step with the clock and not with how long it takes; `act` gets its turn's time."""
    start = time.monotonic()
    tasks = []
    for turn in range(count):
        due = start + turn / per_second
        await asyncio.sleep(max(0, due - time.monotonic()))
        tasks.append(asyncio.ensure_future(act(turn, due)))
    await asyncio.gather(*tasks)


async def post_to_seen(writer: Writer, readers: Readers, posts: int) -> dict[str, Any]:
    """One post after the other to the thread that all have open."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in await writer.connections(4):
        free.put_nowait(connection)

    async def post(turn: int, due: float) -> None:
        connection = await free.get()
        await writer.post(connection, 0)
        free.put_nowait(connection)

    await steadily(POSTS_A_SECOND, posts, post)
    return await readers.ask(posts=writer.posted(), patience=PATIENCE_SECONDS)


async def burst(writer: Writer, readers: Readers) -> dict[str, Any]:
    """As many posts as a few writers can, to the thread that all have open."""
    turns = iter(range(BURST))

    async def write(connection: Connection) -> None:
        for _ in turns:
            await writer.post(connection, 0)

    await asyncio.gather(*map(write, await writer.connections(BURST_WRITERS)))
    return await readers.ask(posts=writer.posted(), patience=PATIENCE_SECONDS)


async def saturate(writer: Writer, seconds: float) -> float:
    """Posts a second when everyone writes as fast as the answers come, each in threads of their own."""
    connections = await writer.connections(WRITERS)
    done, start = 0, time.monotonic()

    async def write(which: int, connection: Connection) -> None:
        nonlocal done
        own = itertools.cycle(range(which, THREADS, WRITERS))
        while time.monotonic() < start + seconds:
            await writer.post(connection, next(own))
            done += 1

    await asyncio.gather(*itertools.starmap(write, enumerate(connections)))
    return done / (time.monotonic() - start)


async def steady(writer: Writer, seconds: float) -> list[float]:
    """Milliseconds until the answer at a steady rate, counted from when it was time to post."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in await writer.connections(STEADY_CONNECTIONS):
        free.put_nowait(connection)
    times = []

    async def post(turn: int, due: float) -> None:
        connection = await free.get()
        await writer.post(connection, turn % THREADS)
        times.append((time.monotonic() - due) * 1_000)
        free.put_nowait(connection)

    await steadily(STEADY, int(STEADY * seconds), post)
    return sorted(times)


def at(times: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return times[min(int(len(times) * share), len(times) - 1)] if times else float("nan")


async def measure(mode: str, target: Target, options: argparse.Namespace) -> dict[str, Any]:
    """All figures of one mode."""
    writer = Writer(target)
    await steady(writer, min(1, options.seconds))
    async with reading(target, min(10, options.readers)):
        await asyncio.sleep(SETTLE_SECONDS)
    writer.posted()
    before = target.memory()
    async with reading(target, options.readers) as (readers, opened):
        await asyncio.sleep(SETTLE_SECONDS)
        waiting = {"memory": target.memory(), "threads": target.threads(), "db_connections": target.connections()}
        seen = await post_to_seen(writer, readers, options.posts)
        rush = await burst(writer, readers)
    await asyncio.sleep(SETTLE_SECONDS)
    posts_per_s = await saturate(writer, options.seconds)
    await asyncio.sleep(SETTLE_SECONDS)
    posts = await steady(writer, options.seconds)
    return {
        "mode": mode,
        "p50_ms": round(at(seen["times"], 0.5), 1),
        "p99_ms": round(at(seen["times"], 0.99), 1),
        "max_ms": round(at(seen["times"], 1), 1),
        "deliveries_per_s": round(len(rush["times"]) / rush["seconds"]) if rush["times"] else 0,
        "lost": seen["lost"] + rush["lost"],
        "doubled": seen["doubled"] + rush["doubled"],
        "kb_per_stream": round((waiting["memory"] - before) / 1_000 / options.readers, 1),
        "threads": waiting["threads"],
        "db_connections": waiting["db_connections"],
        "posts_per_s": round(posts_per_s),
        "post_p50_ms": round(at(posts, 0.5), 1),
        "post_p99_ms": round(at(posts, 0.99), 1),
        "event_bytes": seen["event_bytes"],
        "open_s": round(opened["seconds"], 1),
        "refused": opened["refused"],
        "memory_mb": round(waiting["memory"] / 1e6),
        "readers": options.readers,
        "posts": options.posts,
        "cut": rush["cut"],
    }


def run(options: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """Each mode in turn, and those that failed; what isn't installed here is left out, with the reason."""
    results: list[dict[str, Any]] = []
    failed: list[str] = []
    for mode in options.mode or STANDARD:
        say(f"{mode} …")
        with tempfile.TemporaryDirectory(prefix="homeroom-live-") as folder:
            try:
                with MODES[mode](Path(folder), options.readers) as target:
                    results.append(asyncio.run(measure(mode, target, options)))
            except pytest.skip.Exception as reason:
                say(f"{mode} is left out: {reason}")
            except (Failure, RuntimeError) as failure:
                complain(Path(folder) / "server.log")
                say(f"{mode} failed: {failure}")
                failed.append(mode)
    lowest = next((result["p50_ms"] for result in results if result["mode"] == "floor"), None)
    for result in results if lowest else []:
        result["times_floor"] = round(result["p50_ms"] / lowest, 2)
    return results, failed


def complain(log: Path) -> None:
    """Say what the servers complained about."""
    lines = log.read_text().splitlines() if log.exists() else []
    say("\n".join([line for line in lines if '"level": "INFO"' not in line][-40:]))


def say(text: str) -> None:
    """Tell whoever waits; the results alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def show(results: list[dict[str, Any]]) -> None:
    """Print a table for people."""
    print(f"{'':34}" + "".join(f"{result['mode']:>16}" for result in results))
    for key, name in ROWS.items():
        values = (result.get(key, "") for result in results)
        print(f"{name:34}" + "".join(f"{f'{value:,}' if value != '' else '':>16}" for value in values))


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1_000, help="open streams (1000)")
    parser.add_argument("--posts", type=int, default=100, help=f"posts, {POSTS_A_SECOND} a second (100)")
    parser.add_argument("--seconds", type=float, default=10, help="how long to post without readers, twice (10)")
    parser.add_argument("--mode", action="append", choices=MODES, help="only this one; may be repeated")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    results, failed = run(options)
    print(json.dumps(results, indent=1)) if options.json else show(results)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
