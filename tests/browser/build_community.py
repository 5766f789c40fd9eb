"""Run beside a demo academy: a course whose community nobody has written in, with one teacher and one student.

python -m tests.browser.build_community TEACHER STUDENT [TEXT…]    (what stands before the @, and the record's number)
Prints the course's number. Each TEXT is what the student said in the chat, and somebody reported.
"""

import sys

import django

django.setup()

from apps.accounts.models import User  # noqa: E402
from apps.community.actions import flag_message  # noqa: E402
from apps.conversations.actions import send_message  # noqa: E402
from apps.courses.models import Course, CourseTeacher, Enrollment  # noqa: E402

if __name__ == "__main__":
    who, student, *texts = sys.argv[1:]
    course = Course.objects.create(title=f"Numbers {student}", published=True)
    CourseTeacher.objects.create(course=course, teacher=User.objects.get(email=f"{who}@homeroom.test"))
    enrollment = Enrollment.objects.create(course=course, student_id=int(student))
    reporter = User.objects.get(email="admin@homeroom.test")
    for text in texts:
        flag_message(reporter, send_message(enrollment.student.user, course.community.chat, text), "rude")
    print(course.pk)
