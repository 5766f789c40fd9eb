"""Run beside a demo academy: a course whose community nobody has written in, with one teacher and one student.

python -m tests.browser.build_community TEACHER STUDENT    (what stands before the @, and the record's number)
Prints the course's number.
"""

import sys

import django

django.setup()

from apps.accounts.models import User  # noqa: E402
from apps.courses.models import Course, CourseTeacher, Enrollment  # noqa: E402

if __name__ == "__main__":
    who, student = sys.argv[1:]
    course = Course.objects.create(title=f"Numbers {student}", published=True)
    CourseTeacher.objects.create(course=course, teacher=User.objects.get(email=f"{who}@homeroom.test"))
    Enrollment.objects.create(course=course, student_id=int(student))
    print(course.pk)
