"""Many people add, change and import the same students at the same moment, on whatever database the environment names.

Run by test_race.py in a process of its own, since threads need real connections and real commits. Ends silently, or
with the assertion that failed.
"""

import os
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.conversations.models import Conversation  # noqa: E402
from apps.core.editing import EditConflict  # noqa: E402
from apps.students import actions  # noqa: E402
from apps.students.imports import parse  # noqa: E402
from apps.students.models import Student, StudentImport  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

PEOPLE = 6
HEAD = "student_code,given_name,grade\n"


def how_ended(*deeds):
    """Do all of it at the same moment; how each ended: done, or by the exception's name."""
    refusals = (ValidationError, actions.PlanChanged, EditConflict)
    ended = at_once(*deeds, refusals=refusals)
    return Counter(type(end).__name__ if isinstance(end, refusals) else "done" for end in ended)


def upload(staff, text):
    return StudentImport.objects.create(owner=staff, name="students.csv", content=text.encode())


def confirm(staff, upload):
    plan = actions.plan_import(parse(bytes(upload.content)))
    return lambda: actions.apply_import(staff, upload, plan.fingerprint)


def race(staff):
    # The same button, clicked several times at once.
    rows = [f"A{number},Ann,7\n" for number in range(300)]
    deed = confirm(staff, upload(staff, HEAD + "".join(rows)))
    assert how_ended(*[deed] * PEOPLE) == {"done": PEOPLE}
    assert AuditEntry.objects.filter(verb="students.imported").count() == 1

    # Several people import the same new and changed students, in other orders: one does, the others are told.
    rows = [f"A{number},Ann,8\n" for number in range(300)] + [f"B{number},Bea,7\n" for number in range(300)]
    orders = [rows[number:] + rows[:number] for number in range(0, 100 * PEOPLE, 100)]
    deeds = [confirm(staff, upload(staff, HEAD + "".join(order))) for order in orders]
    assert how_ended(*deeds) == {"done": 1, "PlanChanged": PEOPLE - 1}
    assert Student.objects.filter(code__startswith="A", grade="8").count() == 300

    # The same code, added by several: one student.
    new = lambda: actions.create_student(staff, code="N1", given_name="Nia")  # noqa: E731
    assert how_ended(*[new] * PEOPLE) == {"done": 1, "ValidationError": PEOPLE - 1}

    # The same field, changed by several who saw the same: one is written. Different fields: all are.
    student = Student.objects.get(code="N1")

    def edit(name, value):
        return lambda: actions.update_student(staff, student, {name: value}, {name: ""})

    assert how_ended(*[edit("grade", str(n + 1)) for n in range(PEOPLE)]) == {"done": 1, "EditConflict": PEOPLE - 1}
    assert how_ended(edit("phone", "1"), edit("note", "2"), edit("family_name", "3")) == {"done": 3}
    student.refresh_from_db()
    assert (student.phone, student.note, student.family_name) == ("1", "2", "3")

    assert Conversation.objects.count() == Student.objects.count() == 601
    assert not Conversation.objects.filter(student=None).exists()


if __name__ == "__main__":
    race(User.objects.create(email="staff@homeroom.test", given_name="Sam", role=Role.STAFF))
    print("settled")
