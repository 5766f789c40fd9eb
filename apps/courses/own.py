"""What a student takes now: for their home page, how far they are and where they go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from apps.courses.models import Course, Lesson, LessonProgress
from apps.courses.models.validity import valid
from apps.courses.progress import Progress
from apps.students.models import Student

MOST = 3


class NextLesson(NamedTuple):
    """Where a student goes on."""

    pk: int
    title: str


@dataclass
class OwnCourse:
    """A course with something to learn in it; `next_lesson` is None once all is done."""

    course: Course
    done: int = 0
    total: int = 0
    next_lesson: NextLesson | None = None
    seen_at: datetime | None = None

    @property
    def progress(self) -> Progress:
        """How far the student is."""
        return Progress(self.done, self.total)


def own_courses(student: Student | None) -> list[OwnCourse]:
    """The courses that the student learns in, the one they were in last first; MOST at most, in three queries.

    A course without a lesson that counts is left out: there is nothing to do in it.
    """
    if student is None:
        return []
    mine = valid(timezone.now(), "enrollments__")
    courses = Course.objects.filter(mine, enrollments__student=student, published=True)
    own = {course.pk: OwnCourse(course) for course in courses}
    rows = LessonProgress.objects.filter(student=student, lesson__module__course__in=own)
    known = {pk: (seen, done) for pk, seen, done in rows.values_list("lesson", "seen_at", "completed_at")}
    lessons = Lesson.objects.counting().filter(module__course__in=own).in_order()
    for pk, title, course in lessons.values_list("pk", "title", "module__course"):
        seen_at, completed_at = known.get(pk, (None, None))
        _add(own[course], NextLesson(pk, title), seen_at, completed_at is not None)
    begun = [each for each in own.values() if each.total]
    begun.sort(key=lambda each: each.course.title)
    begun.sort(key=lambda each: each.seen_at.timestamp() if each.seen_at else 0, reverse=True)
    return begun[:MOST]


def _add(own: OwnCourse, lesson: NextLesson, seen_at: datetime | None, is_done: bool) -> None:
    own.total += 1
    own.done += is_done
    if not is_done and own.next_lesson is None:
        own.next_lesson = lesson
    if seen_at and (own.seen_at is None or seen_at > own.seen_at):
        own.seen_at = seen_at
