"""What pages cost on a PostgreSQL server that a benchmark fills: as it comes, but it doesn't wait for the disk, and
compiles no query just in time (jit=off).

A benchmark calls `run` with what fills the tables and the pages that it asks for. `--serve` fills a database and keeps
it, `--filled ADDRESS` measures on that one: so can two versions of the pages take turns on the same rows.
"""

import argparse
import json
import logging
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

# Addresses of files as they are, without `collectstatic`.
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


class Size(NamedTuple):
    """An option that says how much there is of something."""

    name: str
    usual: int
    help: str


class Asked(NamedTuple):
    """A page, and who asks for it."""

    page: str
    who: Any
    path: str


@dataclass
class Cost:
    """One page: milliseconds (median), queries, milliseconds of the slowest of them, bytes."""

    page: str
    ms: float
    queries: int
    slowest: float
    size: int


@dataclass
class Benchmark:
    """Sizes, what fills the tables with so many (by their names), and what to ask for."""

    module: str
    about: str
    sizes: Sequence[Size]
    fill: Callable[..., None]
    pages: Callable[[], list[Asked]]
    # What is no page, measured in so many rounds.
    more: Callable[[int], list[Cost]] = lambda rounds: []


def _ask(asked: Asked, rounds: int) -> Cost:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(asked.who)
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        response = client.get(asked.path, secure=True)
        size = len(response.getvalue())
        times.append((time.perf_counter() - began) * 1_000)
        assert response.status_code == 200, (asked.path, response.status_code)
    with CaptureQueriesContext(connection) as captured:
        client.get(asked.path, secure=True).getvalue()
    slowest = max(float(query["time"]) for query in captured) * 1_000
    return Cost(asked.page, statistics.median(times[1:]), len(captured), slowest, size)


def _inside(benchmark: Benchmark, url: str, *options: str) -> str:
    """What the benchmark prints in a process that has this database."""
    from tests.elsewhere import ROOT, environment

    with tempfile.TemporaryDirectory(prefix="homeroom-benchmark-") as data:
        (Path(data) / "uploads").mkdir()
        command = [sys.executable, "-W", "ignore", "-m", benchmark.module, "--inside", *options]
        env = environment(Path(data), url)
        return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


@contextmanager
def filled(benchmark: Benchmark, options: argparse.Namespace) -> Iterator[str]:
    """The address of a database with all of it, on a PostgreSQL server of its own."""
    from tests.elsewhere import make_tables
    from tests.services import Postgres, new_database

    with Postgres() as server:
        url = new_database(server, "benchmark")
        with tempfile.TemporaryDirectory(prefix="homeroom-benchmark-") as data:
            make_tables(Path(data), url)
        began = time.perf_counter()
        sizes = [word for size in benchmark.sizes for word in (f"--{size.name}", str(getattr(options, size.name)))]
        _inside(benchmark, url, *sizes, "--fill")
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        yield url


def _work(benchmark: Benchmark, options: argparse.Namespace) -> None:
    """Fill the database of this process, or measure on it."""
    import django

    django.setup()
    logging.disable(logging.INFO)
    if options.fill:
        return benchmark.fill(**{size.name: getattr(options, size.name) for size in benchmark.sizes})
    from django.test import override_settings

    with override_settings(STORAGES=PLAIN):
        costs = [_ask(each, options.rounds) for each in benchmark.pages() if re.search(options.only, each.page)]
        costs += benchmark.more(options.rounds)
    print(json.dumps([asdict(cost) for cost in costs]))
    return None


def _serve(benchmark: Benchmark, options: argparse.Namespace) -> None:
    with filled(benchmark, options) as url:
        # Whoever starts it behind a shell's back can end it, too.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.default_int_handler)
        print(url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


def show(costs: list[dict[str, Any]]) -> None:
    """A table for people."""
    print(f"{'':28}{'p50 ms':>9}{'queries':>9}{'slowest':>9}{'KB':>9}")
    for cost in costs:
        size = cost["size"] / 1_000
        print(f"{cost['page']:28}{cost['ms']:>9.1f}{cost['queries']:>9}{cost['slowest']:>9.1f}{size:>9.1f}")


def run(benchmark: Benchmark) -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=benchmark.about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for size in benchmark.sizes:
        parser.add_argument(f"--{size.name}", type=int, default=size.usual, help=f"{size.help} ({size.usual})")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is asked for (5)")
    parser.add_argument("--only", metavar="PATTERN", default="", help="pages whose name matches it")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--serve", action="store_true", help="fill a database, print its address and wait for Ctrl-C")
    parser.add_argument("--filled", metavar="ADDRESS", help="measure on a database that --serve filled")
    for inner in ("--inside", "--fill"):
        parser.add_argument(inner, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return _work(benchmark, options)
    if options.serve:
        return _serve(benchmark, options)
    with nullcontext(options.filled) if options.filled else filled(benchmark, options) as url:
        said = _inside(benchmark, url, "--rounds", str(options.rounds), "--only", options.only)
        costs = json.loads(said.splitlines()[-1])
    print(json.dumps(costs, indent=1)) if options.json else show(costs)
    return None
