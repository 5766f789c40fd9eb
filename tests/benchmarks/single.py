"""What benchmarks of one machine share: a server with a database of its own, and how the figures are printed."""

import argparse
import asyncio
import json
import resource
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.live import complain
from tests.benchmarks.modes import GENEROUS, DurablePostgres
from tests.benchmarks.wire import Failure
from tests.servers import OneMachine
from tests.services import new_database

type Measure = Callable[[OneMachine, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]


def run(measure: Measure, options: argparse.Namespace) -> dict[str, Any]:
    """Measure with a database and servers of its own, with as many open files as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="homeroom-benchmark-") as folder, DurablePostgres() as address:
        data = Path(folder)
        try:
            with OneMachine(data, new_database(address), streams=1, nice=True, **GENEROUS) as server:
                return asyncio.run(measure(server, options))
        except (Failure, RuntimeError):
            complain(data / "server.log")
            raise


def report(result: Mapping[str, Any], rows: Mapping[str, str], as_json: bool) -> None:
    """Print the figures, one a line with their names in `rows`, or as JSON."""
    if as_json:
        print(json.dumps(result))
        return
    width = max(map(len, rows.values())) + 2
    for key, name in rows.items():
        print(f"{name:{width}}{result[key]:>10,}")
