"""What the pages of courses cost on PostgreSQL: with 2,000 lessons, 20,000 enrollments, 5 million completions.

    uv run python -m tests.benchmarks.courses [--students 2500] [--lessons 250] [--rounds 5] [--json]

Eight courses of `--lessons` lessons, each taken and finished by all students; beside them one of 100 lessons with a
batch of 60, for the grid. Prints the median time of each page and its queries.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
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
"""


@dataclass
class Cost:
    """One page: milliseconds, queries, bytes."""

    page: str
    ms: float
    queries: int
    size: int


def fill(students: int, lessons: int) -> dict[str, Any]:
    """Make all of it; returns who asks and what for."""
    from django.db import connection

    from apps.accounts.models import Role, User
    from apps.courses.models import Batch, Course, Enrollment, Lesson, Module
    from apps.students.models import Student

    staff = User.objects.create(email="s@homeroom.test", given_name="Sam", role=Role.STAFF)
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
    with connection.cursor() as cursor:
        cursor.execute(DONE)
        cursor.execute("ANALYZE")
    return {"staff": staff, "learner": learner, "course": courses[0], "small": small, "student": people[0]}


def measure(students: int, lessons: int, rounds: int) -> list[Cost]:
    """Each page as the one who needs it asks for it."""
    from apps.courses.models import Lesson

    made = fill(students, lessons)
    large, small = made["course"].pk, made["small"].pk
    lesson = Lesson.objects.filter(module__course=large).order_by("pk")[lessons // 2].pk
    pages = [
        ("catalogue", "learner", "/courses/"),
        ("course", "learner", f"/courses/{large}/"),
        ("lesson", "learner", f"/courses/{large}/lessons/{lesson}/"),
        ("grid of 60 by 100", "staff", f"/courses/{small}/progress/"),
        ("grid, large course", "staff", f"/courses/{large}/progress/"),
        ("grid, by progress", "staff", f"/courses/{large}/progress/?sort=progress"),
        ("grid, by activity", "staff", f"/courses/{large}/progress/?sort=activity"),
        ("one student", "staff", f"/courses/{large}/progress/{made['student'].pk}/"),
        ("report", "staff", "/reports/"),
        ("report, a course", "staff", f"/reports/courses/?course={large}"),
    ]
    from django.test import override_settings

    with override_settings(STORAGES=PLAIN):
        return [_ask(name, made[who], path, rounds) for name, who, path in pages]


def _ask(name: str, who: Any, path: str, rounds: int) -> Cost:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(who)
    times, queries, size = [], 0, 0
    for _ in range(rounds + 1):
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path, secure=True)
        times.append((time.perf_counter() - began) * 1_000)
        assert response.status_code == 200, (path, response.status_code)
        queries, size = len(captured), len(response.content)
    return Cost(name, statistics.median(times[1:]), queries, size)


def elsewhere(students: int, lessons: int, rounds: int) -> list[dict[str, Any]]:
    """The figures, from a process with a PostgreSQL server of its own."""
    from tests.elsewhere import ROOT, environment, make_tables
    from tests.services import Postgres, new_database

    command = [sys.executable, "-m", "tests.benchmarks.courses", "--inside"]
    command += ["--students", str(students), "--lessons", str(lessons), "--rounds", str(rounds)]
    with tempfile.TemporaryDirectory(prefix="homeroom-courses-") as data, Postgres() as server:
        (Path(data) / "uploads").mkdir()
        url = new_database(server, "courses")
        make_tables(Path(data), url)
        env = environment(Path(data), url)
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return list(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=2_500, help="who take all eight courses (2500)")
    parser.add_argument("--lessons", type=int, default=250, help="of each course (250)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is asked for (5)")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        import django

        django.setup()
        print(json.dumps([asdict(cost) for cost in measure(options.students, options.lessons, options.rounds)]))
        return
    costs = elsewhere(options.students, options.lessons, options.rounds)
    if options.json:
        print(json.dumps(costs, indent=1))
        return
    print(f"{'':24}{'p50 ms':>9}{'queries':>9}{'KB':>9}")
    for cost in costs:
        print(f"{cost['page']:24}{cost['ms']:>9.1f}{cost['queries']:>9}{cost['size'] / 1_000:>9.1f}")


if __name__ == "__main__":
    main()
