"""Run beside a demo academy: adds people for tests that want somebody of their own; prints them as JSON.

python -m tests.newcomers    (HOMEROOM_DATA and DJANGO_SETTINGS_MODULE say where)

Each student has heard from all of the new staff, who talk to one another in twos. Each teacher has two more students,
who have no account.
"""

import datetime
import json
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import open_direct  # noqa: E402
from apps.conversations.history import Line, add_history  # noqa: E402
from apps.courses.models import Batch, Course, CourseTeacher, Enrollment, Lesson, Module  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.seed import session  # noqa: E402

PASSWORD = make_password("homeroom")
STUDENTS, TEACHERS, STAFF, CAREFUL, BATCHES, LEARNERS = 36, 16, 14, 4, 12, 20


def person(role: str, given: str, number: int, **more: Any) -> User:
    """Somebody who signs in as the demo's people do: with the password alone."""
    return User.objects.create(
        email=f"{given.lower()}-{number}@homeroom.test",
        given_name=given,
        family_name=f"Newcomer{number}",
        role=role,
        password=PASSWORD,
        **{"password_only": True} | more,
    )


def described(user: User, student: Student | None = None) -> dict[str, object]:
    who = {"who": user.email.split("@")[0], "id": user.pk, "name": user.full_name, "session": session(user)}
    return who | ({"student": student.pk, "conversation": student.conversation_id} if student else {})


class Newcomers:
    """Those who are added, in a course of their own."""

    def __init__(self) -> None:
        self.course = Course.objects.create(title="Newcomers")
        self.long_ago = timezone.now() - datetime.timedelta(days=50)
        self.staff = [person(Role.STAFF, "Selma", number) for number in range(STAFF)]
        for one, other in zip(self.staff[::2], self.staff[1::2], strict=True):
            add_history(open_direct(one, other), [Line(one, "Good morning", self.long_ago)])
        self.everyone = self.batch("Newcomers", 99)

    def batch(self, name: str, capacity: int, teacher: User | None = None) -> Batch:
        start = datetime.date(2026, 9, 1)
        return Batch.objects.create(course=self.course, name=name, teacher=teacher, start=start, capacity=capacity)

    def student(self, number: int) -> dict[str, object]:
        user = person(Role.STUDENT, "Nell", number)
        student = Student.objects.create(
            user=user, code=f"NEW-{number:02}", given_name=user.given_name, family_name=user.family_name
        )
        Enrollment.objects.create(student=student, course=self.course, batch=self.everyone)
        welcomes = [Line(author, f"Welcome from {author.full_name}", self.long_ago) for author in self.staff]
        add_history(student.conversation, [*welcomes, Line(user, "Thank you all", self.long_ago)])
        return described(user, student)

    def learner(self, number: int) -> dict[str, object]:
        """A student with a course of their own: two modules with three lessons, whose teacher is theirs too."""
        teacher, user = person(Role.TEACHER, "Tove", number), person(Role.STUDENT, "Lena", number)
        names = {"given_name": user.given_name, "family_name": user.family_name}
        student = Student.objects.create(user=user, code=f"LEARN-{number:02}", **names)
        course = Course.objects.create(
            title=f"Learning {number}", published=True, summary="Three small steps.", certificate_rule="completed"
        )
        CourseTeacher.objects.create(course=course, teacher=teacher)
        Enrollment.objects.create(student=student, course=course)
        lessons = []
        for place, (title, names) in enumerate([("Begin", ["One", "Two"]), ("Go on", ["Three"])]):
            module = Module.objects.create(course=course, title=title, position=place)
            lessons += [
                Lesson.objects.create(
                    module=module,
                    title=f"Lesson {name}",
                    position=order,
                    published=True,
                    body=name,
                    html=f"<p>{name}</p>",
                )
                for order, name in enumerate(names)
            ]
        return described(user, student) | {
            "course": course.pk,
            "lessons": [lesson.pk for lesson in lessons],
            "teacher": described(teacher)["who"],
        }

    def teacher(self, number: int) -> dict[str, object]:
        teacher = person(Role.TEACHER, "Tilda", number)
        batch, taught = self.batch(f"Newcomers {number}", 9, teacher), []
        for letter in "AB":
            pupil = Student.objects.create(code=f"NEW-{number:02}-{letter}", given_name=f"Una{number}{letter}")
            Enrollment.objects.create(student=pupil, course=self.course, batch=batch)
            add_history(pupil.conversation, [Line(teacher, f"{pupil.given_name} has begun", self.long_ago)])
            taught.append({"student": pupil.pk, "conversation": pupil.conversation_id, "name": pupil.given_name})
        return described(teacher) | {"taught": taught}


@transaction.atomic
def add() -> dict[str, list[Any]]:
    new, careful = Newcomers(), {"password_only": False}
    return {
        "student": [new.student(number) for number in range(STUDENTS)],
        "teacher": [new.teacher(number) for number in range(TEACHERS)],
        "learner": [new.learner(number) for number in range(LEARNERS)],
        "staff": [described(user) for user in new.staff],
        # Empty ones, with room for three or for one.
        "batch": [new.batch(f"Free {number}", 3).pk for number in range(BATCHES)],
        "batch of one": [new.batch(f"Single {number}", 1).pk for number in range(2)],
        # Those who have to enter a code from a mail as well.
        "careful staff": [described(person(Role.STAFF, "Clara", number, **careful)) for number in range(CAREFUL)],
        "careful student": [described(person(Role.STUDENT, "Cleo", number, **careful)) for number in range(CAREFUL)],
    }


if __name__ == "__main__":
    print(json.dumps(add()))
