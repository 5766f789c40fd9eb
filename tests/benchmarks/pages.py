"""What the pages cost: time on the server, queries, bytes; with few and with many students and messages.

    uv run python -m tests.benchmarks.pages [--json] [--rounds 30]

Makes an academy in a temporary folder (SQLite, some minutes), asks for each page through Django's test client, and
prints the median. The sizes of one page are asked for in turn, so that they meet the same machine. Two budgets are
printed beside what was found: opening a thread of 250,000 messages takes at most 1.2 times a thread of 50, and a first
visit to a student's page, with all its files and compressed, is at most 75 KB in 20 requests.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

THREADS = (50, 100, 10_000, 250_000)
# In all threads together, when all of them are searched.
MESSAGES = 500_000
STUDENTS = (1_000, 10_000)
ROSTER = 30
TEXT = "Thank you, I will bring the sheet about similar triangles on Monday. The third exercise is the one I can't do."
THREAD_BUDGET = 1.2
FIRST_VISIT_BYTES = 75_000
FIRST_VISIT_REQUESTS = 20


@dataclass
class Cost:
    """What one page costs at one size: milliseconds (median), queries, bytes as they are and as they travel."""

    page: str
    size: int
    ms: float
    queries: int
    size_bytes: int
    gzip_bytes: int


@dataclass
class Academy:
    """What the pages are about: one student with an account for each size of thread, and one batch."""

    staff: Any
    batch: Any
    students: dict[int, Any]


def make_academy() -> Academy:
    from apps.accounts.models import Role
    from tests import factories

    batch = factories.batch(name="Monday", capacity=40, fee=200)
    students = {size: factories.student_with_account(f"T-{size}", given_name="Thread") for size in THREADS}
    academy = Academy(factories.user(Role.STAFF, "Staff"), batch, students)
    add_students(academy, STUDENTS[0])
    other = factories.student_with_account("T-other", given_name="Other")
    for size, student in students.items():
        add_messages(academy, student, size)
    add_messages(academy, other, MESSAGES - sum(THREADS))
    return academy


def add_students(academy: Academy, total: int) -> None:
    """As many students as are wanted in all, each with a fee that is due, the first of them in the batch."""
    import random

    from apps.billing.models import Invoice
    from apps.courses.models import Enrollment
    from apps.dashboard.demo.people import make_people
    from apps.students.models import Student

    have = Student.objects.count()
    people = make_people(total, random.Random(1))[have:]
    made = Student.objects.bulk_create(
        [
            Student(code=person.code, given_name=person.given, family_name=person.family, email=person.email)
            for person in people
        ],
        batch_size=500,
    )
    Invoice.objects.bulk_create(
        [
            Invoice(
                student=student, number=f"I-{student.pk}", amount=180, due_on=date.today() - timedelta(student.pk % 150)
            )
            for student in made
        ],
        batch_size=500,
    )
    if have < ROSTER:
        course = academy.batch.course
        Enrollment.objects.bulk_create(
            Enrollment(student=student, course=course, batch=academy.batch) for student in made[:ROSTER]
        )


def add_messages(academy: Academy, student: Any, count: int) -> None:
    from django.utils import timezone

    from apps.conversations.history import Line, add_history

    start = timezone.now() - timedelta(minutes=count)
    people = (student.user, academy.staff)
    for first in range(0, count, 10_000):
        numbers = range(first, min(first + 10_000, count))
        add_history(
            student.conversation,
            [Line(people[n % 2], f"{n}: {TEXT}", start + timedelta(minutes=n)) for n in numbers],
        )


def client_for(user: Any) -> Any:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def thread_pages(academy: Academy) -> dict[str, dict[int, Callable[..., Any]]]:
    """The pages that show a thread, for each size of it."""
    staff = client_for(academy.staff)
    names = ["Student with thread", "Student's home", "Catch-up, nothing new", "Post of a message"]
    names += ["Thread at its middle", "Older messages", "Search in a thread"]
    pages: dict[str, dict[int, Callable[..., Any]]] = {name: {} for name in names}
    for size, student in academy.students.items():
        own = client_for(student.user)
        url = f"/conversations/{student.conversation_id}/messages/"
        cursor = re.search(r'data-cursor="([^"]+)"', own.get("/").content.decode())
        after = f"{url}?after={cursor[1] if cursor else ''}"

        def post(url: str = url, **headers: str) -> Any:
            data = {"body": TEXT, "audience": "everyone", "client_key": str(uuid.uuid4())}
            return staff.post(url, data, HTTP_HX_REQUEST="true", **headers)

        pages["Student with thread"][size] = lambda path=f"/students/{student.pk}/", **h: staff.get(path, **h)
        pages["Student's home"][size] = lambda own=own, **h: own.get("/", **h)
        pages["Catch-up, nothing new"][size] = lambda own=own, path=after, **h: own.get(
            path, HTTP_HX_REQUEST="true", **h
        )
        pages["Post of a message"][size] = post
        middle = student.conversation.messages.order_by("key")[size // 2]
        paths = {
            "Thread at its middle": f"/conversations/{student.conversation_id}/?at={middle.pk}",
            "Older messages": f"{url}?before={middle.key}",
            "Search in a thread": f"/conversations/search/?q=similar+triangles&in={student.conversation_id}",
        }
        for name, path in paths.items():
            pages[name][size] = lambda path=path, **h: staff.get(path, HTTP_HX_REQUEST="true", **h)
    return pages


def search_pages(academy: Academy) -> dict[str, Callable[..., Any]]:
    """Searches in all that somebody may read."""
    staff, student = client_for(academy.staff), client_for(academy.students[THREADS[-1]].user)
    searches = {
        "Search, in every message": (staff, "similar triangles"),
        "Search, in two messages": (staff, f"{THREADS[-1] - 1} sheet"),
        "Search, in no message": (staff, "pythagoras"),
        "Search, as a student": (student, "similar triangles"),
    }
    return {
        name: lambda who=who, words=words, **h: who.get("/conversations/search/", {"q": words}, **h)
        for name, (who, words) in searches.items()
    }


def list_pages(academy: Academy) -> dict[str, Callable[..., Any]]:
    """The pages that show many students."""
    staff = client_for(academy.staff)
    paths = {
        "Students": "/students/",
        "Students, searched": "/students/?q=ma",
        "Pending payments": "/payments/pending/",
        "Batch edit": f"/batches/{academy.batch.pk}/edit/",
    }
    return {name: lambda path=path, **h: staff.get(path, **h) for name, path in paths.items()}


def measure(page: str, cases: dict[int, Callable[..., Any]], rounds: int) -> Iterator[Cost]:
    """The cost of one page at each of its sizes; they take turns."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times: dict[int, list[float]] = {size: [] for size in cases}
    for warm in range(-3, rounds):
        for size, ask in cases.items():
            start = time.perf_counter()
            answer = ask()
            spent = time.perf_counter() - start
            if answer.status_code not in {200, 201, 204}:
                sys.exit(f"{page} at {size}: {answer.status_code}")
            if warm >= 0:
                times[size].append(spent * 1_000)
    for size, ask in cases.items():
        with CaptureQueriesContext(connection) as queries:
            plain = ask()
            asked = len(queries)
        packed = ask(HTTP_ACCEPT_ENCODING="gzip")
        yield Cost(page, size, statistics.median(times[size]), asked, len(plain.content), len(packed.content))


def first_visit(student: Any) -> dict[str, int]:
    """Every file that a browser without a cache loads for a student's home page, and its bytes as they travel."""
    from django.conf import settings

    page = client_for(student.user).get("/", HTTP_ACCEPT_ENCODING="gzip")
    found = {"/": len(page.content)}
    html = client_for(student.user).get("/").content.decode()
    waiting = re.findall(r'(?:src|href)="(/static/[^"#]+)', html)
    while waiting:
        url = waiting.pop()
        if url in found:
            continue
        path = Path(settings.STATIC_ROOT) / url.removeprefix("/static/")
        packed = path.with_name(path.name + ".gz")
        found[url] = (packed if packed.exists() else path).stat().st_size
        if path.suffix in {".js", ".css"}:
            # Modules import modules; a style sheet may name files.
            names = re.findall(r"""(?:from|import|url\()\s*["']?(\.{1,2}/[^"')]+)""", path.read_text())
            waiting += [
                "/static/" + os.path.relpath((path.parent / name).resolve(), settings.STATIC_ROOT) for name in names
            ]
    return found


def run(rounds: int) -> dict[str, Any]:
    """Make the academy, measure, and return all of it."""
    from django.core.management import call_command

    from apps.dashboard.serving import collect_static

    call_command("migrate", verbosity=0)
    collect_static()
    academy = make_academy()
    costs = [cost for page, cases in thread_pages(academy).items() for cost in measure(page, cases, rounds)]
    for page, ask in search_pages(academy).items():
        costs += measure(page, {MESSAGES: ask}, rounds)
    for total in STUDENTS:
        add_students(academy, total)
        for page, ask in list_pages(academy).items():
            costs += measure(page, {total: ask}, rounds)
    opened = {cost.size: cost.ms for cost in costs if cost.page == "Student with thread"}
    files = first_visit(academy.students[THREADS[0]])
    return {
        "costs": [asdict(cost) for cost in costs],
        "thread_ratio": opened[THREADS[-1]] / opened[THREADS[0]],
        "thread_ratio_budget": THREAD_BUDGET,
        "first_visit_bytes": sum(files.values()),
        "first_visit_budget": FIRST_VISIT_BYTES,
        "first_visit_requests": len(files),
        "first_visit_requests_budget": FIRST_VISIT_REQUESTS,
        "first_visit_files": files,
    }


def show(result: dict[str, Any]) -> None:
    """Print a table for people."""
    print(f"{'':24}{'rows':>9}{'p50 ms':>9}{'queries':>9}{'KB':>9}{'KB gzip':>9}")
    for cost in result["costs"]:
        print(
            f"{cost['page']:24}{cost['size']:>9,}{cost['ms']:>9.1f}{cost['queries']:>9}"
            f"{cost['size_bytes'] / 1_000:>9.1f}{cost['gzip_bytes'] / 1_000:>9.1f}"
        )
    print(
        f"\nA thread of {THREADS[-1]:,} messages against one of {THREADS[0]}: {result['thread_ratio']:.2f} times",
        end="",
    )
    print(f" (budget {THREAD_BUDGET})")
    print(f"First visit to a student's page: {result['first_visit_bytes'] / 1_000:.1f} KB", end="")
    print(f" in {len(result['first_visit_files'])} requests", end="")
    print(f" (budget {FIRST_VISIT_BYTES / 1_000:.0f} KB in {FIRST_VISIT_REQUESTS})")
    for name, size in sorted(result["first_visit_files"].items(), key=lambda item: -item[1]):
        print(f"{size / 1_000:>9.1f}  {name}")


def main() -> None:
    """Run with data of its own, whatever the environment says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.add_argument("--rounds", type=int, default=30, help="how often each page is asked for (30)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="homeroom-pages-") as data:
        from tests.benchmarks.modes import GENEROUS
        from tests.elsewhere import environment

        wanted = environment(Path(data), **GENEROUS)
        os.environ.clear()
        os.environ.update(wanted)
        import django

        django.setup()
        result = run(options.rounds)
        from django.db import connections

        connections.close_all()
    print(json.dumps(result, indent=1)) if options.json else show(result)


if __name__ == "__main__":
    main()
