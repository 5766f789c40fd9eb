"""One student's way through a course, lesson by lesson."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from apps.courses import live, progress
from apps.courses.models import CourseCompletion, Enrollment, Lesson, LessonProgress, Module
from apps.courses.progress import Progress


@dataclass(frozen=True)
class Step:
    """A lesson, and what the student did with it."""

    lesson: Lesson
    row: LessonProgress | None


@dataclass
class Part:
    """A module of the course with its lessons."""

    module: Module
    done: set[int]
    steps: list[Step] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        """How far the student is in it."""
        return progress.of_lessons((step.lesson for step in self.steps), self.done)


class StudentProgress:
    """What a student whose enrollment is valid did in its course."""

    def __init__(self, enrollment: Enrollment) -> None:
        self.enrollment = enrollment
        self.student, self.course = enrollment.student, enrollment.course
        self.channel = live.progress_channel(enrollment.course_id)

    @cached_property
    def rows(self) -> dict[int, LessonProgress]:
        """What is kept of each lesson, by the lesson's id."""
        rows = LessonProgress.objects.filter(student=self.student, lesson__module__course=self.course)
        return {row.lesson_id: row for row in rows.defer("watched")}

    @cached_property
    def parts(self) -> list[Part]:
        """The published lessons, module by module."""
        lessons = Lesson.objects.present().filter(module__course=self.course, published=True).in_order()
        parts: dict[int, Part] = {}
        for lesson in lessons.select_related("module").defer("body", "html"):
            part = parts.setdefault(lesson.module_id, Part(lesson.module, self.done))
            part.steps.append(Step(lesson, self.rows.get(lesson.pk)))
        return list(parts.values())

    @cached_property
    def done(self) -> set[int]:
        """The ids of the lessons that the student has done."""
        return {pk for pk, row in self.rows.items() if row.completed_at}

    @cached_property
    def progress(self) -> Progress:
        """How far the student is in the whole course."""
        return progress.of_lessons((step.lesson for part in self.parts for step in part.steps), self.done)

    @property
    def last_seen(self) -> datetime | None:
        """When the student last had a lesson of it open."""
        return max((row.seen_at for row in self.rows.values()), default=None)

    @cached_property
    def finished(self) -> CourseCompletion | None:
        """That the student finished it, in this run."""
        facts = CourseCompletion.objects.filter(student=self.student, course=self.course, run=self.enrollment.run)
        return facts.first()
