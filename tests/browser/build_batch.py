"""Run beside a demo academy: a batch of one student with this teacher, in a course of its own, and one lesson.

python -m tests.browser.build_batch TEACHER STUDENT    (what stands before the @, and the record's number)
Prints the lesson's number and its day: the Wednesday after next, at ten on the academy's clock.
"""

import sys
from datetime import time, timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.courses.models import Batch, Course, Enrollment  # noqa: E402
from apps.scheduling import actions  # noqa: E402
from apps.students.models import Student  # noqa: E402

if __name__ == "__main__":
    teacher, student = User.objects.get(email=f"{sys.argv[1]}@homeroom.test"), Student.objects.get(pk=int(sys.argv[2]))
    course = Course.objects.create(title=f"Lessons {student.pk}", published=True)
    today = timezone.localdate()
    batch = Batch.objects.create(course=course, teacher=teacher, name="One", start=today, capacity=5, fee=0)
    Enrollment.objects.create(course=course, batch=batch, student=student)
    staff = User.objects.get(email="staff@homeroom.test")
    lesson = {"subject": "Fractions", "teacher": teacher, "students": (student,), "minutes": 60}
    wednesday = today + timedelta(days=(2 - today.weekday()) % 7 + 7)
    when = {"day": wednesday, "at": time(10), "zone": timezone.get_default_timezone_name()}
    print(actions.book(staff, actions.Lesson(**lesson, **when)).pk, wednesday.isoformat())
