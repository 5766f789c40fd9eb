"""Run beside a demo academy: a teacher builds the real course through its pages, a student is enrolled.

python -m tests.browser.build_course TEACHER STUDENT    (what stands before the @, and the record's number)
Prints the course's number.
"""

import sys

import django

django.setup()

from django.test import Client  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.courses.models import Course, CourseTeacher, Enrollment  # noqa: E402
from tests.courses.real_course import build  # noqa: E402

if __name__ == "__main__":
    who, student = sys.argv[1:]
    teacher = User.objects.get(email=f"{who}@homeroom.test")
    course = Course.objects.create(title="The Unix Shell", published=True, certificate_rule="completed")
    CourseTeacher.objects.create(course=course, teacher=teacher)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(teacher)
    build(client, course)
    Enrollment.objects.create(course=course, student_id=int(student))
    print(course.pk)
