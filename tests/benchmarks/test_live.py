"""The benchmark runs and counts what it should; how long anything takes is not asserted."""

import json
import subprocess
import sys

from tests.chromium import run_loop
from tests.elsewhere import ROOT

KEYS = ["mode", "p50_ms", "p99_ms", "max_ms", "deliveries_per_s", "lost", "doubled", "kb_per_stream", "threads"]
KEYS += ["db_connections", "posts_per_s"]


def test_every_mode_is_measured_and_each_reader_sees_each_post_once():
    options = ["--readers", "10", "--posts", "5", "--seconds", "0.5", "--mode", "floor", "--mode", "embedded", "--json"]
    command = [sys.executable, "-m", "tests.benchmarks.live", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3_000:]
    floor, embedded = json.loads(done.stdout)
    assert (floor["mode"], embedded["mode"]) == ("floor", "embedded")
    for result in (floor, embedded):
        assert list(result)[: len(KEYS)] == KEYS
        assert result["lost"] == result["doubled"] == result["cut"] == 0
        assert 0 < result["p50_ms"] <= result["p99_ms"] <= result["max_ms"]
        assert result["posts_per_s"] > 0
        assert result["deliveries_per_s"] > 0
    assert (floor["threads"], floor["db_connections"]) == (1, 0)
    assert embedded["db_connections"] > 0


def test_what_is_lost_or_doubled_is_counted():
    """The readers of a stream that leaves out one post, repeats another and changes a third."""
    import asyncio

    from tests.benchmarks.readers import report
    from tests.benchmarks.wire import Stream, now

    def event(number: int, version: int) -> bytes:
        html = f'<article id="message-{number}" data-version="{version}" data-author="1">bench-{number}</article>'
        return f"data: {html}\n\n".encode()

    async def read() -> dict[str, object]:
        opened = asyncio.get_running_loop().create_future()
        stream = Stream(b"", opened)
        sent = {str(number): now() for number in (1, 2, 3)}
        stream.data_received(b"HTTP/1.1 200 OK\r\n\r\nevent: stream-open\ndata:\n\n")
        events = event(1, 1) + event(1, 1) + event(3, 3) + event(3, 4)
        stream.data_received(events[:150])
        stream.data_received(events[150:])
        return await report([stream], sent, 0.1)

    found = run_loop(read())
    assert (found["lost"], found["doubled"]) == (1, 1)
    assert len(found["times"]) == 2
