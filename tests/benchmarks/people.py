"""Makes who takes part in a benchmark, in the database that the environment names; prints it as JSON.

    python -m tests.benchmarks.people READERS THREADS

Everyone is staff and signed in. One writer and one student with an account belong to each thread.
"""

import json
import sys
from typing import Any


def sign_in(people: list[Any]) -> list[str]:
    """A session for each of them: its key."""
    from datetime import timedelta

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store, expires = SessionStore(), timezone.now() + timedelta(days=1)
    sessions = []
    for person in people:
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
        key = store._get_new_session_key()
        sessions.append(Session(session_key=key, session_data=store.encode(data), expire_date=expires))
    Session.objects.bulk_create(sessions, batch_size=500)
    return [session.session_key for session in sessions]


def main(readers: int, threads: int) -> dict[str, Any]:
    """Make them; the pages that readers have open are those of the first thread."""
    from apps.accounts.models import Role, User
    from apps.students.models import Student

    def people(name: str, role: str, count: int) -> list[User]:
        rows = [User(email=f"{name}{n}@bench.test", given_name=name, role=role) for n in range(count)]
        return User.objects.bulk_create(rows, batch_size=500)

    accounts = people("student", Role.STUDENT, threads)
    students = [Student.objects.create(code=f"B-{n}", given_name="Bench", user=user) for n, user in enumerate(accounts)]
    reading, writing = people("reader", Role.STAFF, readers), people("writer", Role.STAFF, threads)
    shown = [f"student-{students[0].pk}", f"student-{students[0].pk}-staff"]
    return {
        "readers": [
            {"session": session, "channels": [*shown, f"user-{user.pk}"]}
            for session, user in zip(sign_in(reading), reading, strict=True)
        ],
        "threads": [
            {"conversation": student.conversation_id, "session": session}
            for session, student in zip(sign_in(writing), students, strict=True)
        ],
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
