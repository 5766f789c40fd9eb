"""Student progress. Only lessons that are published, required and in the outline count.

`Count("*")`, and no field but those of the index `progress_of_lesson`: PostgreSQL counts millions from it alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from apps.courses.models import Course, Enrollment, Lesson, LessonProgress, counts
from apps.students.models import Student


@dataclass(frozen=True)
class Progress:
    """The number of required lessons, and how many of them are done."""

    done: int = 0
    total: int = 0

    @property
    def percent(self) -> int | None:
        """0 to 100, rounded down: 100 only when all is done. None where nothing counts."""
        return self.done * 100 // self.total if self.total else None

    @property
    def text(self) -> str:
        """`60 %`, or a dash where nothing counts."""
        return "–" if self.percent is None else f"{self.percent} %"

    @property
    def is_complete(self) -> bool:
        """Is there at least one lesson, and is every one done?"""
        return 0 < self.total == self.done


def of_courses(student: Student, courses: Iterable[Course]) -> dict[int, Progress]:
    """The student's progress in each course, by the course's id; two queries."""
    ids = [course.pk for course in courses]
    totals = _totals(ids)
    done = completed().filter(student=student, lesson__module__course__in=ids)
    by_course = dict(done.values_list("lesson__module__course").annotate(count=Count("*")))
    return {pk: Progress(by_course.get(pk, 0), totals.get(pk, 0)) for pk in ids}


def of_students(course: Course, students: Iterable[int]) -> dict[int, Progress]:
    """The progress of each student (by id) in a course; two queries."""
    ids = list(students)
    total = Lesson.objects.counting().filter(module__course=course).count()
    done = completed().filter(lesson__module__course=course, student__in=ids)
    by_student = dict(done.values_list("student").annotate(count=Count("*")))
    return {pk: Progress(by_student.get(pk, 0), total) for pk in ids}


def of(student: Student, course: Course) -> Progress:
    """One student's progress in one course."""
    return of_courses(student, [course])[course.pk]


def of_modules(student: Student, course: Course) -> dict[int, Progress]:
    """The student's progress in each module of a course that is in the outline, by the module's id; three queries."""
    counting = Lesson.objects.counting().filter(module__course=course)
    totals = dict(counting.values_list("module").annotate(Count("pk")).order_by())
    done = completed().filter(student=student, lesson__module__course=course)
    by_module = dict(done.values_list("lesson__module").annotate(count=Count("*")))
    ids = course.modules.filter(removed_at=None).values_list("pk", flat=True)
    return {pk: Progress(by_module.get(pk, 0), totals.get(pk, 0)) for pk in ids}


def of_lessons(lessons: Iterable[Lesson], done: Collection[int]) -> Progress:
    """The progress in lessons of the outline that are at hand, of whoever has done those with these ids; no query."""
    counting = [lesson for lesson in lessons if lesson.counts]
    return Progress(sum(lesson.pk in done for lesson in counting), len(counting))


def of_groups(enrollments: QuerySet[Enrollment], by: str) -> dict[Any, Progress]:
    """The progress of all students of these enrollments together, by a field (`course`, `batch`); three queries.

    `percent` of it is the average: each student has the same to do in a course.
    """
    rows = list(enrollments.values_list(by, "course", "student").order_by())
    courses = {course for _, course, _ in rows}
    totals = _totals(courses)
    counted = completed().filter(lesson__module__course__in=courses)
    by_both = counted.values_list("lesson__module__course", "student").annotate(count=Count("*"))
    done = {(course, student): count for course, student, count in by_both}
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for group, course, student in rows:
        sums[group][0] += done.get((course, student), 0)
        sums[group][1] += totals.get(course, 0)
    return {group: Progress(*found) for group, found in sums.items()}


def together(several: Iterable[Progress]) -> Progress:
    """The combined progress of several students."""
    listed = list(several)
    return Progress(sum(each.done for each in listed), sum(each.total for each in listed))


def done_by_all(course: Course) -> dict[int, int]:
    """How many of the lessons that count each student has done, by the student's id; none for who has done none."""
    return dict(completed().filter(lesson__module__course=course).values_list("student").annotate(count=Count("*")))


def completed() -> QuerySet[LessonProgress]:
    """What is done of all that counts, in any order."""
    return LessonProgress.objects.filter(counts("lesson__"), completed_at__isnull=False).order_by()


def _totals(courses: Collection[int]) -> dict[int, int]:
    counting = Lesson.objects.counting().filter(module__course__in=courses)
    return dict(counting.values_list("module__course").annotate(Count("pk")).order_by())
