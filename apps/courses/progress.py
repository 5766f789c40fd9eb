"""How far students are. What counts: lessons that are published, not optional, and in the outline."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.courses.models import Course, Enrollment, Lesson, LessonProgress
from apps.students.models import Student


@dataclass(frozen=True)
class Progress:
    """So many lessons done of so many that count."""

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
        """Is there something to do, and all of it done?"""
        return 0 < self.total == self.done


def of_courses(student: Student, courses: Iterable[Course]) -> dict[int, Progress]:
    """The student's progress in each course, by the course's id; two queries."""
    ids = [course.pk for course in courses]
    counting = Lesson.objects.counting().filter(module__course__in=ids)
    totals = dict(counting.values_list("module__course").annotate(Count("pk")).order_by())
    done = _completed(counting).filter(student=student)
    by_course = dict(done.values_list("lesson__module__course").annotate(Count("pk")).order_by())
    return {pk: Progress(by_course.get(pk, 0), totals.get(pk, 0)) for pk in ids}


def of_students(course: Course, students: Iterable[int]) -> dict[int, Progress]:
    """The progress of each student (by id) in a course; two queries."""
    ids = list(students)
    counting = Lesson.objects.counting().filter(module__course=course)
    total = counting.count()
    rows = _completed(counting).filter(student__in=ids).values_list("student").annotate(Count("pk")).order_by()
    done = dict(rows)
    return {pk: Progress(done.get(pk, 0), total) for pk in ids}


def of(student: Student, course: Course) -> Progress:
    """One student's progress in one course."""
    return of_courses(student, [course])[course.pk]


def of_modules(student: Student, course: Course) -> dict[int, Progress]:
    """The student's progress in each module of a course that is in the outline, by the module's id; three queries."""
    counting = Lesson.objects.counting().filter(module__course=course)
    totals = dict(counting.values_list("module").annotate(Count("pk")).order_by())
    done = _completed(counting).filter(student=student)
    by_module = dict(done.values_list("lesson__module").annotate(Count("pk")).order_by())
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
    groups = list(enrollments.values_list(by, "course").annotate(Count("pk")).order_by())
    courses = {course for _, course, _ in groups}
    counting = Lesson.objects.counting().filter(module__course__in=courses)
    totals = dict(counting.values_list("module__course").annotate(Count("pk")).order_by())
    theirs = enrollments.filter(
        student__progress__completed_at__isnull=False,
        student__progress__lesson__in=counting,
        student__progress__lesson__module__course=F("course"),
    )
    done = dict(theirs.values_list(by).annotate(Count("student__progress")).order_by())
    asked: dict[Any, int] = defaultdict(int)
    for group, course, students in groups:
        asked[group] += students * totals.get(course, 0)
    return {group: Progress(done.get(group, 0), total) for group, total in asked.items()}


def together(several: Iterable[Progress]) -> Progress:
    """What several have done of what all of them have to do."""
    listed = list(several)
    return Progress(sum(each.done for each in listed), sum(each.total for each in listed))


def done_by(student: str, course: Course) -> Coalesce:
    """How many lessons of a course a student has done, to sort by; `student` leads from a row to the student's id."""
    rows = _completed(Lesson.objects.counting().filter(module__course=course)).filter(student=OuterRef(student))
    count = rows.order_by().values("student").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count), Value(0), output_field=IntegerField())


def _completed(lessons: QuerySet[Lesson]) -> QuerySet[LessonProgress]:
    return LessonProgress.objects.filter(completed_at__isnull=False, lesson__in=lessons)
