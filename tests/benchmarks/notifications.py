"""What it costs to tell a crowd: one message to 10,000 people who take part, on SQLite and on PostgreSQL.

    uv run python -m tests.benchmarks.notifications [--people 10000] [--database sqlite|postgresql] [--json]

For each database: how long the post itself took (the rest is done in the background), how long until all had been
told, people a second, queries a batch, and how much the process's memory grew meanwhile at most, in MB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Cost:
    """What one database took. Times in milliseconds, but for `people_per_s`; memory in MB."""

    database: str
    people: int
    post_ms: float
    told_ms: float
    people_per_s: float
    queries_per_batch: float
    grew_mb: float


def measure(database: str, people: int) -> Cost:
    """In a process of its own, on the database that the environment names."""
    from tests.notifications.crowd import make  # isort: skip - sets Django up

    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.conversations.actions import send_message
    from apps.conversations.models import Conversation
    from apps.notifications import fanout
    from apps.notifications.models import Notification

    author = make(people)
    thread = Conversation.objects.get()
    send_message(author, thread, "The first", "staff")  # What a process asks once.
    fanout.tell("message-1")
    began = time.perf_counter()
    message = send_message(author, thread, "Hello everybody", "staff")
    posted = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    fanout.tell(f"message-{message.pk}")
    told = time.perf_counter()
    grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert Notification.objects.filter(event=f"message-{message.pk}").count() == people
    again = send_message(author, thread, "And again", "staff")
    with CaptureQueriesContext(connection) as queries:
        fanout.tell(f"message-{again.pk}")
    assert settings.DATA
    return Cost(
        database=database,
        people=people,
        post_ms=round((posted - began) * 1000, 1),
        told_ms=round((told - start) * 1000),
        people_per_s=round(people / (told - start)),
        queries_per_batch=round(len(queries) / -(-people // fanout.BATCH), 1),
        grew_mb=round(grew / 1024, 1),
    )


def run(database: str, people: int) -> Cost:
    """The same, with a database of its own."""
    from tests.elsewhere import ROOT, environment
    from tests.services import Postgres, new_database

    with tempfile.TemporaryDirectory() as folder, Postgres() if database == "postgresql" else nullcontext("") as server:
        env = environment(Path(folder), new_database(server) if server else "")
        command = [sys.executable, "-m", "tests.benchmarks.notifications", "--measure", database]
        command += ["--people", str(people)]
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
        return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(asdict(measure(options.measure, options.people))))
        return
    databases = [options.database] if options.database else ["sqlite", "postgresql"]
    costs = [run(database, options.people) for database in databases]
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs]))
        return
    for cost in costs:
        print("   ".join(f"{name} {value}" for name, value in asdict(cost).items()))


if __name__ == "__main__":
    main()
