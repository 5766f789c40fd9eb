"""What a search costs among many messages, for each role, on SQLite and on PostgreSQL.

    uv run python -m tests.benchmarks.search [--messages 500000] [--rounds 5] [--database sqlite|postgresql] [--json]

Makes an academy in a temporary folder and on a PostgreSQL server of its own (a few minutes for 500,000 messages), and
prints the median and the longest time of each search, with how many hits its first page has. The words: one that is
rare, one in every message, two that are both common, two of which one excludes the other, one that stands in many
messages of which the searcher may read none, the beginning of many words, and a phrase.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

STUDENTS = 2_000
TAUGHT = 30
SEARCHES = {
    "rare": "quaternion",
    "common": "homework",
    "two common": "homework lesson",
    "one excludes the other": "morning evening",
    "not theirs": "confidential",
    "beginning": "le",
    "phrase": '"homework for the lesson"',
    "without": "homework -lesson",
}
SYLLABLES = [first + second for first in "bdfghklmnprst" for second in "aeiou"]


@dataclass
class Cost:
    """One search of one person: milliseconds, and the hits on its first page."""

    database: str
    who: str
    search: str
    ms: float
    max_ms: float
    hits: int


def text(number: int, dice: random.Random, *, direct: bool) -> str:
    """About twenty words, some of a vocabulary of thousands."""
    some = " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) for _ in range(12))
    about = "homework for the lesson" if number % 2 else "homework without one"
    when = "morning" if number % 3 else "evening"
    rare = " quaternion" if number % 25_000 == 7 else ""
    return f"{about} {some} {when}{rare}{' confidential' if direct else ''}"


def people() -> dict[str, Any]:
    """An admin, a teacher of TAUGHT students, a student; and two of the staff, who write to each other."""
    from apps.accounts.models import Role, User
    from apps.conversations.actions import open_direct
    from apps.courses.models import Batch, Course, Enrollment
    from apps.students.models import Student

    def person(name: str, role: str) -> User:
        return User.objects.create(email=f"{name}@homeroom.test", given_name=name.title(), role=role)

    who = {
        name: person(name, role)
        for name, role in (
            ("admin", Role.ADMIN),
            ("teacher", Role.TEACHER),
            ("student", Role.STUDENT),
            ("one", Role.STAFF),
            ("two", Role.STAFF),
        )
    }
    students = Student.objects.bulk_create(
        Student(code=f"T-{n}", given_name=f"Student {n}", user=who["student"] if n == 0 else None)
        for n in range(STUDENTS)
    )
    course = Course.objects.create(title="Mathematics")
    batch = Batch.objects.create(course=course, name="Monday", teacher=who["teacher"], start="2026-09-01", capacity=40)
    Enrollment.objects.bulk_create(Enrollment(student=s, course=course, batch=batch) for s in students[:TAUGHT])
    direct = open_direct(who["one"], who["two"])
    return who | {"threads": [s.conversation for s in students], "direct": direct}


def fill(academy: dict[str, Any], count: int) -> None:
    """Messages in the students' threads, one in three for staff; one in five is between the two of the staff."""
    from apps.conversations.models import Audience, Message

    dice, start = random.Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    threads, author = academy["threads"], academy["one"]

    def messages(first: int, last: int) -> Iterator[Message]:
        for number in range(first, last):
            direct = number % 5 == 0
            # The teacher's students talk no more and no less than the others.
            conversation = academy["direct"] if direct else threads[number // 5 % len(threads)]
            at = start + timedelta(seconds=number * 40)
            yield Message(
                conversation=conversation,
                key=int(at.timestamp() * 1_000_000),
                version=number,
                client_key=uuid.uuid4(),
                author=author,
                author_name=author.full_name,
                author_role=author.role,
                created=at,
                audience=Audience.STAFF if number % 3 == 0 and not direct else Audience.EVERYONE,
                body=text(number, dice, direct=direct),
            )

    for first in range(0, count, 20_000):
        Message.objects.bulk_create(messages(first, min(first + 20_000, count)), batch_size=1_000)


def measure(database: str, count: int, rounds: int) -> list[Cost]:
    """Fill the database of this process, and search."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    from apps.conversations.search import search

    call_command("migrate", verbosity=0)
    academy = people()
    fill(academy, count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    costs = []
    places = [(name, academy[name], None) for name in ("admin", "teacher", "student")]
    places.append(("admin, in one thread", academy["admin"], academy["threads"][1]))
    for name, user, conversation in places:
        for search_name, words in SEARCHES.items():
            times = []
            for _ in range(rounds):
                begin = time.perf_counter()
                found = search(user, words, conversation)
                times.append((time.perf_counter() - begin) * 1_000)
            costs.append(Cost(database, name, search_name, statistics.median(times), max(times), len(found.hits)))
    connections.close_all()
    return costs


def elsewhere(database: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The figures of one database, from a process with its settings."""
    import subprocess

    from tests.elsewhere import ROOT, environment
    from tests.services import Postgres

    with tempfile.TemporaryDirectory(prefix="homeroom-search-") as data:
        (Path(data) / "uploads").mkdir()
        with Postgres() if database == "postgresql" else nullcontext("") as url:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "tests.benchmarks.search",
                    "--inside",
                    database,
                    "--messages",
                    str(options.messages),
                    "--rounds",
                    str(options.rounds),
                ],
                cwd=ROOT,
                env=environment(Path(data), url),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
    return list(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=500_000, help="how many there are in all (500000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each search is made (5)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one of the two; both by default")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps([asdict(cost) for cost in measure(options.inside, options.messages, options.rounds)]))
        return
    databases = [options.database] if options.database else ["sqlite", "postgresql"]
    costs = [cost for database in databases for cost in elsewhere(database, options)]
    if options.json:
        print(json.dumps(costs, indent=1))
        return
    print(f"{'':12}{'':22}{'':24}{'p50 ms':>9}{'max ms':>9}{'hits':>6}")
    for cost in costs:
        print(
            f"{cost['database']:12}{cost['who']:22}{cost['search']:24}{cost['ms']:>9.1f}{cost['max_ms']:>9.1f}{cost['hits']:>6}"
        )


if __name__ == "__main__":
    main()
