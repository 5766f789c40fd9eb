"""What the pages of courses cost on PostgreSQL: with 2,000 lessons, 20,000 enrollments, 5 million completions.

    uv run python -m tests.benchmarks.courses [--students 2500] [--lessons 250] [--rounds 5] [--json]

Eight courses of `--lessons` lessons, each taken and finished by all students; beside them one of 100 lessons with a
batch of 60, for the grid. Prints the median time of each page, its queries, the time of the slowest of them, and how
many bytes it has. PostgreSQL is as it comes, but doesn't wait for the disk. `--serve` fills a database and keeps it,
`--filled ADDRESS` measures on that one: so can two versions of the pages take turns on the same rows.
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
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

COURSES = 8
# Addresses of files as they are, without `collectstatic`.
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DONE = """
INSERT INTO courses_lessonprogress (student_id, lesson_id, opened_at, seen_at, completed_at, watched, stopped_at)
SELECT e.student_id, l.id, at.moment, at.moment, at.moment, '[]', 0
FROM courses_enrollment e
JOIN courses_module m ON m.course_id = e.course_id
JOIN courses_lesson l ON l.module_id = m.id
CROSS JOIN LATERAL (SELECT now() - ((l.id * 97 + e.student_id * 31) % 525600) * interval '1 minute' AS moment) at
ORDER BY at.moment
"""
# What is kept of a table while it is filled: its constraints, and the indexes that aren't a constraint's.
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('f', 'u', 'p') ORDER BY contype DESC
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


@dataclass
class Cost:
    """One page: milliseconds (median), queries, milliseconds of the slowest of them, bytes."""

    page: str
    ms: float
    queries: int
    slowest: float
    size: int


@contextmanager
def bare(table: str) -> Iterator[None]:
    """A table without constraints and indexes, which are made anew at the end: so it is filled in a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, [table])
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for name, definition in reversed(constraints):
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for _, definition in indexes:
            cursor.execute(definition)


def fill(students: int, lessons: int) -> None:
    """Make all of it."""
    from django.db import connection

    from apps.accounts.models import Role, User
    from apps.courses.models import Batch, Course, Enrollment, Lesson, Module
    from apps.students.models import Student

    User.objects.create(email="s@homeroom.test", given_name="Sam", role=Role.STAFF)
    learner = User.objects.create(email="l@homeroom.test", given_name="Lea", role=Role.STUDENT)
    people = Student.objects.bulk_create(
        Student(code=f"S{n}", given_name=f"Student {n}", user=None if n else learner) for n in range(students)
    )

    def course(title: str, count: int) -> Course:
        made = Course.objects.create(title=title, published=True, visibility="signed_in")
        modules = [Module.objects.create(course=made, title=f"Module {n}", position=n) for n in range(count // 20 + 1)]
        Lesson.objects.bulk_create(
            Lesson(module=modules[n // 20], title=f"Lesson {n}", position=n, published=True, html="<p>x</p>", body="x")
            for n in range(count)
        )
        return made

    courses = [course(f"Course {n}", lessons) for n in range(COURSES)]
    small = course("Small", 100)
    batch = Batch.objects.create(course=small, name="Sixty", start="2026-09-01", capacity=60)
    Enrollment.objects.bulk_create(Enrollment(student=s, course=small, batch=batch) for s in people[:60])
    Enrollment.objects.bulk_create(
        (Enrollment(student=s, course=each) for each in courses for s in people), batch_size=5_000
    )
    with connection.cursor() as cursor, bare("courses_lessonprogress"):
        cursor.execute(DONE)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(rounds: int, only: str) -> list[Cost]:
    """Each page, or those in whose name `only` is found, as the one who needs it asks for it."""
    from apps.accounts.models import Role, User
    from apps.courses.models import Course, Lesson
    from apps.students.models import Student

    who = {role: User.objects.get(role=role) for role in (Role.STAFF, Role.STUDENT)}
    large, small = (Course.objects.get(title=title).pk for title in ("Course 0", "Small"))
    in_order = Lesson.objects.filter(module__course=large).in_order()
    lesson = in_order[in_order.count() // 2].pk
    student = Student.objects.get(user=who[Role.STUDENT]).pk
    pages = [
        ("catalogue", Role.STUDENT, "/courses/"),
        ("catalogue, staff", Role.STAFF, "/courses/"),
        ("course with outline", Role.STUDENT, f"/courses/{large}/"),
        ("outline", Role.STUDENT, f"/courses/{large}/lessons/{lesson}/outline/"),
        ("lesson", Role.STUDENT, f"/courses/{large}/lessons/{lesson}/"),
        ("student's home", Role.STUDENT, "/"),
        ("grid of 60 by 100", Role.STAFF, f"/courses/{small}/progress/"),
        ("grid, large course", Role.STAFF, f"/courses/{large}/progress/"),
        ("grid, by progress", Role.STAFF, f"/courses/{large}/progress/?sort=progress"),
        ("grid, by activity", Role.STAFF, f"/courses/{large}/progress/?sort=activity"),
        ("grid as CSV, 2,500", Role.STAFF, f"/courses/{large}/progress/export/"),
        ("one student", Role.STAFF, f"/courses/{large}/progress/{student}/"),
        ("people", Role.STAFF, f"/courses/{large}/people/"),
        ("builder", Role.STAFF, f"/courses/{large}/edit/"),
        ("certificates", Role.STAFF, f"/courses/{large}/certificates/"),
        ("report", Role.STAFF, "/reports/courses/"),
        ("report, a course", Role.STAFF, f"/reports/courses/?course={large}"),
        ("report, a year", Role.STAFF, "/reports/courses/?weeks=52"),
    ]
    from django.test import override_settings

    with override_settings(STORAGES=PLAIN):
        return [_ask(name, who[role], path, rounds) for name, role, path in pages if re.search(only, name)]


def _ask(name: str, who: Any, path: str, rounds: int) -> Cost:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(who)
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        response = client.get(path, secure=True)
        size = len(response.getvalue())
        times.append((time.perf_counter() - began) * 1_000)
        assert response.status_code == 200, (path, response.status_code)
    with CaptureQueriesContext(connection) as captured:
        client.get(path, secure=True).getvalue()
    slowest = max(float(query["time"]) for query in captured) * 1_000
    return Cost(name, statistics.median(times[1:]), len(captured), slowest, size)


@contextmanager
def filled(students: int, lessons: int) -> Iterator[str]:
    """The address of a database with all of it, on a PostgreSQL server of its own."""
    from tests.elsewhere import make_tables
    from tests.services import Postgres, new_database

    with Postgres() as server:
        url = new_database(server, "courses")
        with tempfile.TemporaryDirectory(prefix="homeroom-courses-") as data:
            make_tables(Path(data), url)
        began = time.perf_counter()
        _inside(url, "--students", str(students), "--lessons", str(lessons), "--fill")
        print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        yield url


def _inside(url: str, *options: str) -> str:
    """What this program prints in a process that has this database."""
    from tests.elsewhere import ROOT, environment

    with tempfile.TemporaryDirectory(prefix="homeroom-courses-") as data:
        (Path(data) / "uploads").mkdir()
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.courses", "--inside", *options]
        env = environment(Path(data), url)
        return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


def _work(options: argparse.Namespace) -> None:
    """Fill the database of this process, or measure on it."""
    import django

    django.setup()
    logging.disable(logging.INFO)
    if options.fill:
        fill(options.students, options.lessons)
    else:
        print(json.dumps([asdict(cost) for cost in measure(options.rounds, options.only)]))


def _serve(options: argparse.Namespace) -> None:
    with filled(options.students, options.lessons) as url:
        # Whoever starts it behind a shell's back can end it, too.
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.default_int_handler)
        print(url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


def show(costs: list[dict[str, Any]]) -> None:
    """A table for people."""
    print(f"{'':24}{'p50 ms':>9}{'queries':>9}{'slowest':>9}{'KB':>9}")
    for cost in costs:
        size = cost["size"] / 1_000
        print(f"{cost['page']:24}{cost['ms']:>9.1f}{cost['queries']:>9}{cost['slowest']:>9.1f}{size:>9.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=2_500, help="who take all eight courses (2500)")
    parser.add_argument("--lessons", type=int, default=250, help="of each course (250)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is asked for (5)")
    parser.add_argument("--only", metavar="PATTERN", default="", help="pages whose name matches it")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--serve", action="store_true", help="fill a database, print its address and wait for Ctrl-C")
    parser.add_argument("--filled", metavar="ADDRESS", help="measure on a database that --serve filled")
    for inner in ("--inside", "--fill"):
        parser.add_argument(inner, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return _work(options)
    if options.serve:
        return _serve(options)
    with nullcontext(options.filled) if options.filled else filled(options.students, options.lessons) as url:
        costs = json.loads(_inside(url, "--rounds", str(options.rounds), "--only", options.only).splitlines()[-1])
    print(json.dumps(costs, indent=1)) if options.json else show(costs)
    return None


if __name__ == "__main__":
    main()
