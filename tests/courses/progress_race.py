"""A student completes lessons on many devices at the same moment, on whatever database the environment names.

Run by test_progress.py in a process of its own, since threads need real connections and real commits. Ends silently, or
with the assertion that failed.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from apps.courses import actions, progress  # noqa: E402
from apps.courses.models import CourseCompletion, Enrollment, LessonProgress  # noqa: E402
from apps.courses.progress import Progress  # noqa: E402
from tests import factories  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

LESSONS = 8


def completing(user, lesson):
    return lambda: actions.complete_lesson(user, lesson)


def undoing(user, lesson):
    return lambda: actions.undo_completion(user, lesson)


def race() -> None:
    student, course = factories.student_with_account(), factories.course()
    module = factories.module(course=course)
    lessons = [factories.lesson(module=module) for _ in range(LESSONS)]
    Enrollment.objects.create(student=student, course=course)
    facts = CourseCompletion.objects.filter(student=student, course=course)

    # Each lesson twice, all at once: whoever is last sees that all is done, and finishes the course once.
    at_once(*(completing(student.user, lesson) for lesson in lessons for _ in range(2)))
    assert progress.of(student, course) == Progress(LESSONS, LESSONS)
    assert LessonProgress.objects.filter(student=student).count() == LESSONS
    assert facts.count() == 1, facts.count()

    # Done and undone, crosswise: what is counted is what is stored, and the fact stays.
    deeds = [deed(student.user, lesson) for lesson in lessons for deed in (undoing, completing)]
    at_once(*deeds)
    stored = LessonProgress.objects.filter(student=student, completed_at__isnull=False).count()
    assert progress.of(student, course) == Progress(stored, LESSONS)
    assert facts.count() == 1, facts.count()


if __name__ == "__main__":
    race()
    print("settled")
