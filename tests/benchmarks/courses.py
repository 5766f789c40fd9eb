"""What the pages of courses cost on PostgreSQL: with 2,000 lessons, 20,000 enrollments, 5 million completions.

    uv run python -m tests.benchmarks.courses [--students 2500] [--lessons 250] [--rounds 5] [--json]

Eight courses of `--lessons` lessons, each taken and finished by all students; beside them one of 100 lessons with a
batch of 60, for the grid. Prints the median time of each page, its queries, the time of the slowest of them, and how
many bytes it has. More in `tests.benchmarks.on_postgres`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.on_postgres import Asked, Benchmark, Size, run

COURSES = 8
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


def pages() -> list[Asked]:
    """Each page as the one who needs it asks for it."""
    from apps.accounts.models import Role, User
    from apps.courses.models import Course, Lesson
    from apps.students.models import Student

    who = {role: User.objects.get(role=role) for role in (Role.STAFF, Role.STUDENT)}
    large, small = (Course.objects.get(title=title).pk for title in ("Course 0", "Small"))
    in_order = Lesson.objects.filter(module__course=large).in_order()
    lesson = in_order[in_order.count() // 2].pk
    student = Student.objects.get(user=who[Role.STUDENT]).pk
    asked = [
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
    return [Asked(name, who[role], path) for name, role, path in asked]


SIZES = (Size("students", 2_500, "who take all eight courses"), Size("lessons", 250, "of each course"))

if __name__ == "__main__":
    run(Benchmark("tests.benchmarks.courses", __doc__ or "", SIZES, fill, pages))
