"""Addresses in several spellings from before one of them was normal, run by test_one_spelling.py.

Migrates to what was before, adds people, invitations and students, migrates, and prints what came of them.
"""

import os
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.models import EmailField  # noqa: E402

BEFORE = [("accounts", "0011_outgoing_email"), ("students", "0003_import_in_the_background")]
executor = MigrationExecutor(connection)
executor.migrate(BEFORE)
apps = executor.loader.project_state(BEFORE).apps
for name in ("User", "Invitation"):
    # As the column was then: written as it is given.
    field = apps.get_model("accounts", name)._meta.get_field("email")
    field.__class__ = EmailField
User, EmailAddress = apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress")
Invitation, Student = apps.get_model("accounts", "Invitation"), apps.get_model("students", "Student")
Conversation = apps.get_model("conversations", "Conversation")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

PEOPLE = [
    ("alone@homeroom.test", None, True),
    ("name@bücher.example", None, True),
    ("name@xn--bcher-kva.example", None, True),
    ("old@straße.example", NOW - timedelta(days=9), True),
    ("old\u200b@straße.example", NOW, True),
    ("gone@bücher.example", NOW, False),
    ("gone@xn--bcher-kva.example", None, True),
    ("jürgen@homeroom.test", None, True),
]
for number, (email, used, active) in enumerate(PEOPLE):
    user = User.objects.create(
        email=email, given_name=f"P{number}", role="staff", password="!", last_login=used, is_active=active
    )
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
first = User.objects.get(given_name="P0")
EmailAddress.objects.create(user=first, email="next@bücher.example")
INVITED = [("new@bücher.example", NOW), ("new@xn--bcher-kva.example", NOW + timedelta(days=1)), ("new@x.example", NOW)]
for number, (email, sent) in enumerate(INVITED):
    Invitation.objects.create(
        email=email, role="staff", sent=sent, expires=NOW + timedelta(days=9), token_hash=str(number)
    )
for number, email in enumerate(["Amina@BÜCHER.example", "jürgen@homeroom.test", "", "plain@homeroom.test"]):
    thread = Conversation.objects.create(kind="student")
    Student.objects.create(conversation=thread, code=f"S{number}", given_name="S", email=email, note="Reads slowly.")

call_command("migrate", verbosity=0)

from allauth.account.models import EmailAddress as Row  # noqa: E402

from apps.accounts.models import AuditEntry  # noqa: E402
from apps.accounts.models import Invitation as Invited  # noqa: E402
from apps.accounts.models import User as Person  # noqa: E402
from apps.students.models import Student as Record  # noqa: E402

numbers = {person.pk: person.given_name for person in Person.objects.all()}
for person in Person.objects.order_by("given_name"):
    rows = " ".join(Row.objects.filter(user=person).order_by("-primary").values_list("email", flat=True))
    print(person.given_name, person.email.replace(f"-{person.pk}", "-N"), rows.replace(f"-{person.pk}", "-N"))
for entry in AuditEntry.objects.order_by("pk"):
    print(entry.verb, numbers[entry.thing_id], numbers.get(entry.detail.get("of"), "-"))
for invitation in Invited.objects.order_by("pk"):
    print(invitation.email, "revoked" if invitation.revoked else "open")
for record in Record.objects.order_by("code"):
    print(record.code, record.email or "-", record.note.replace("\n", " "))
