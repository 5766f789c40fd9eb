"""Run beside a server's data: gives the imported students teachers, accounts and sessions; prints them as JSON.

python -m tests.browser.seed_academy    (HOMEROOM_DATA and DJANGO_SETTINGS_MODULE say where)
"""

import datetime
import json

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import transaction  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.billing.models import Invoice  # noqa: E402
from apps.courses.models import Batch, Course, Enrollment  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.seed import session  # noqa: E402

TEACHERS = 6
PASSWORD = make_password("homeroom")


def person(email: str, given: str, role: str) -> User:
    return User.objects.create(email=email, given_name=given, role=role, password=PASSWORD)


@transaction.atomic
def seed() -> dict[str, dict[str, object]]:
    course = Course.objects.create(title="Mathematics")
    start = datetime.date(2026, 9, 1)
    teachers = [person(f"real-teacher{n}@homeroom.test", f"Teacher {n}", Role.TEACHER) for n in range(TEACHERS)]
    batches = [
        Batch.objects.create(course=course, name=f"Group {n}", teacher=teacher, start=start, capacity=200)
        for n, teacher in enumerate(teachers)
    ]
    sessions = [session(teacher) for teacher in teachers]
    people = {}
    for number, student in enumerate(
        Student.objects.filter(user=None).exclude(code__startswith="HR-").order_by("code")
    ):
        student.user = person(f"real-{student.code}@homeroom.test".lower(), student.given_name, Role.STUDENT)
        student.save(update_fields=["user"])
        batch = batches[number % TEACHERS]
        Enrollment.objects.create(student=student, course=course, batch=batch)
        due = start + datetime.timedelta(days=number % 60)
        Invoice.objects.create(
            student=student, batch=batch, number=f"R-{number:05}", description="Fee", amount=200, due_on=due
        )
        people[student.code] = {
            "student": student.pk,
            "thread": student.conversation_id,
            "batch": batch.pk,
            "email": student.user.email,
            "teacher": sessions[number % TEACHERS],
            "own": session(student.user),
        }
    return people


print(json.dumps(seed()))
