"""The last lessons of a course are completed at the same moment, and certificates given at the same moment.

Run by test_race.py in a process of its own, since threads need real connections and real commits. Ends silently, or
with the assertion that failed.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.courses import actions  # noqa: E402
from apps.courses.models import Certificate, Course, CourseCompletion, Enrollment, Lesson, Module  # noqa: E402
from apps.notifications.models import Event  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402


def race(staff):
    course = Course.objects.create(title="Algebra", published=True, certificate_rule="completed")
    module = Module.objects.create(course=course, title="One")
    lessons = [Lesson.objects.create(module=module, title=f"{n}", published=True) for n in range(4)]
    user = User.objects.create_user("amina@homeroom.test", given_name="Amina", role=Role.STUDENT)
    student = Student.objects.create(code="S1", given_name="Amina", user=user)
    Enrollment.objects.create(student=student, course=course)

    # All that was left, at once, each twice.
    at_once(*(lambda lesson=lesson: actions.complete_lesson(user, lesson) for lesson in lessons * 2))
    assert CourseCompletion.objects.count() == 1
    certificate = Certificate.objects.get()
    assert AuditEntry.objects.filter(verb="certificate.issued").count() == 1

    # By hand, by the rule and by the background, for somebody without one: everybody gets the winner's.
    certificate.delete()
    given = at_once(
        *[lambda: actions.issue_certificate(staff, student, course)] * 4,
        *[lambda: actions.award(student, course, 1)] * 4,
        *[lambda: actions.settle_course(course.pk)] * 2,
    )
    winner = Certificate.objects.get()
    assert [each for each in given if isinstance(each, Certificate)] == [winner] * 8, given
    assert AuditEntry.objects.filter(verb="certificate.issued").count() == 2

    # Several workers tell of the same lessons: one event.
    Lesson.objects.update(announce_from=timezone.now())
    told = at_once(*[actions.announce_due_lessons] * 6)
    assert sum(told) == 1, told
    assert [event.data["lessons"] for event in Event.objects.filter(kind="lessons")] == [[x.pk for x in lessons]]
    assert Lesson.objects.filter(announced_at__isnull=False, announce_from=None).count() == 4


if __name__ == "__main__":
    race(User.objects.create_user("race@homeroom.test", given_name="Rita", role=Role.STAFF))
    print("settled")
