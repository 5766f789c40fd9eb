"""What a student takes now: for their home page, how far they are and where they go on."""

from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.models import User
from apps.courses import progress
from apps.courses.models import Course, Lesson, LessonProgress
from apps.courses.models.validity import valid
from apps.courses.progress import Progress
from apps.students.models import Student

MOST = 3


@dataclass(frozen=True)
class OwnCourse:
    """A course with something to learn in it; `next_lesson` is None once all is done."""

    course: Course
    progress: Progress
    next_lesson: Lesson | None


def own_courses(user: User) -> list[OwnCourse]:
    """The courses that the student learns in, the one they were in last first; MOST at most, in six queries.

    A course without a lesson that counts is left out: there is nothing to do in it.
    """
    student = Student.objects.filter(user=user).first()
    if student is None:
        return []
    mine = valid(timezone.now(), "enrollments__")
    courses = list(Course.objects.filter(mine, enrollments__student=student, published=True))
    standing = progress.of_courses(student, courses)
    rows = LessonProgress.objects.filter(student=student, lesson__module__course__in=courses)
    seen = dict(rows.order_by("seen_at").values_list("lesson__module__course", "seen_at"))
    courses = [course for course in courses if standing[course.pk].total]
    courses.sort(key=lambda course: (course.pk in seen, seen.get(course.pk), course.title), reverse=True)
    ahead = _next_lessons(student, courses[:MOST])
    return [OwnCourse(course, standing[course.pk], ahead.get(course.pk)) for course in courses[:MOST]]


def _next_lessons(student: Student, courses: list[Course]) -> dict[int, Lesson]:
    """In each course the first lesson that counts and isn't done."""
    done = LessonProgress.objects.filter(student=student, completed_at__isnull=False).values("lesson")
    lessons = Lesson.objects.counting().filter(module__course__in=courses).exclude(pk__in=done)
    found: dict[int, Lesson] = {}
    for lesson in lessons.select_related("module").defer("body", "html").in_order():
        found.setdefault(lesson.module.course_id, lesson)
    return found
