"""Many readers in a process of their own, told by lines of JSON what to do.

The first line is `{"port": …, "requests": ["GET …", …]}`; the answer comes when all of these streams are open. Each
line after it, `{"posts": {"<number>": <when it was sent, ns>, …}, "patience": <seconds>}`, is answered with what the
readers saw of these posts, as soon as each reader has seen all of them or the patience is over. It ends with its input.
"""

import asyncio
import gc
import json
import sys
from collections import Counter
from typing import Any

from tests.benchmarks.wire import Failure, Stream, now

AT_ONCE = 100
# As a page does: it comes back after a while, and not for ever.
AGAIN_SECONDS, TRIES = 1, 20


async def open_streams(port: int, requests: list[str]) -> tuple[list[Stream], int]:
    """Open one stream for each request, some at a time, and say how often one was refused and tried again."""
    some, refused = asyncio.Semaphore(AT_ONCE), 0

    async def open_one(request: str) -> Stream:
        nonlocal refused
        for _ in range(TRIES - 1):
            try:
                async with some:
                    return await open_stream(port, request)
            except Failure:
                refused += 1
                await asyncio.sleep(AGAIN_SECONDS)
        return await open_stream(port, request)

    return list(await asyncio.gather(*map(open_one, requests))), refused


async def open_stream(port: int, request: str) -> Stream:
    """A stream that has begun; raises Failure with the answer where it was refused."""
    loop = asyncio.get_running_loop()
    opened = loop.create_future()
    _, stream = await loop.create_connection(lambda: Stream(request.encode(), opened), "127.0.0.1", port)
    await asyncio.wait_for(opened, 60)
    return stream


async def report(streams: list[Stream], posts: dict[str, int], patience: float) -> dict[str, Any]:
    """What all readers saw of these posts, and when; what each saw before is forgotten."""
    deadline = now() + int(patience * 1e9)
    while now() < deadline and any(len(stream.seen) < len(posts) for stream in streams):
        await asyncio.sleep(0.05)
    sent = {number.encode(): when for number, when in posts.items()}
    first, last, lost, doubled = min(sent.values()), 0, 0, 0
    times: list[float] = []
    for stream in streams:
        missing = dict(sent)
        for number, _, _, when in stream.seen:
            if number in missing:
                times.append((when - missing.pop(number)) / 1e6)
                last = max(last, when)
        lost += len(missing)
        doubled += sum(Counter(event[1:3] for event in stream.seen).values()) - len({e[1:3] for e in stream.seen})
        stream.seen = []
    return {
        "times": sorted(times),
        "seconds": (last - first) / 1e9,
        "lost": lost,
        "doubled": doubled,
        "cut": sum(stream.cut for stream in streams),
        "event_bytes": max(stream.event_bytes for stream in streams),
    }


async def main() -> None:
    """Serve the one who started this."""
    loop = asyncio.get_running_loop()
    gc.disable()  # Nothing here makes cycles worth a pause.
    wanted = json.loads(sys.stdin.readline())
    start = now()
    streams, refused = await open_streams(wanted["port"], wanted["requests"])
    print(json.dumps({"seconds": (now() - start) / 1e9, "refused": refused}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await report(streams, **json.loads(line))), flush=True)
    for stream in streams:
        stream.transport.abort()


if __name__ == "__main__":
    asyncio.run(main())
