"""Run beside a server's data: makes people with open sessions, and students with their threads; prints them as JSON.

python -m tests.seed STAFF TEACHERS STUDENTS
"""

import json
import secrets
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from tests import factories  # noqa: E402


def session(user: User, *, confirmed: bool = False) -> str:
    """An open session; `confirmed` says that they have typed their password again, for as long as any test lasts."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    if confirmed:
        record = {"method": "password", "at": time.time() + 86_400, "reauthenticated": True}
        store["account_authentication_methods"] = [record]
        store["account_authentication_methods_user"] = str(user.pk)
    store.create()
    return str(store.session_key)


@transaction.atomic
def seed(staff: int, teachers: int, students: int) -> dict[str, object]:
    """As many of each; student N is taught by teacher N modulo their number, in a batch of that teacher's."""
    users: dict[str, User] = {}
    mark = secrets.token_hex(4)  # Others may have seeded the same server.

    def person(role: str, number: int | None = None) -> User:
        name = role if number is None else f"{role}{number}"
        users[name] = factories.user(role, name.capitalize(), email=f"seed-{name}-{mark}@homeroom.test")
        return users[name]

    person(Role.ADMIN)
    for number in range(staff):
        person(Role.STAFF, number)
    course = factories.course(title=f"Seeded {mark}")
    batches = [
        factories.batch(course=course, name=f"Seeded {n}", teacher=person(Role.TEACHER, n), capacity=10_000, fee=0)
        for n in range(teachers)
    ]
    made = []
    for number in range(students):
        user = person(Role.STUDENT, number)
        student = factories.student(f"SEED-{mark}-{number:04}", user=user, given_name=user.given_name, email=user.email)
        made.append({"id": student.pk, "conversation": student.conversation_id, "teacher": None, "batch": None})
        if batches:
            batch = batches[number % len(batches)]
            factories.enrollment(student=student, batch=batch)
            made[-1] |= {"teacher": f"teacher{number % len(batches)}", "batch": batch.pk}
    people = {name: {"id": user.pk, "session": session(user, confirmed=True)} for name, user in users.items()}
    return {"people": people, "students": made}


if __name__ == "__main__":
    print(json.dumps(seed(*map(int, sys.argv[1:]))))
