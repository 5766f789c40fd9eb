"""People from before addresses had rows of their own, run by test_mailboxes.py: makes them, migrates, says what came.

Migrates to what was before, adds people as the tables were then, and prints each row of an address afterwards.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

executor = MigrationExecutor(connection)
executor.migrate([("accounts", "0004_append_only"), ("account", "0009_emailaddress_unique_primary_email")])
apps = executor.loader.project_state(
    [("accounts", "0004_append_only"), ("account", "0009_emailaddress_unique_primary_email")]
).apps
User, EmailAddress = apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress")
people = [User(email=f"p{n}@homeroom.test", given_name="P", role="student", password="!") for n in range(3)]
people = [User.objects.create(email=user.email, given_name="P", role="student", password="!") for user in people]
# Left behind by a forgotten password; and by an address of before.
EmailAddress.objects.create(user=people[1], email="p1@homeroom.test")
EmailAddress.objects.create(user=people[2], email="old@homeroom.test", primary=True, verified=True)
call_command("migrate", verbosity=0)

from allauth.account.models import EmailAddress as Now  # noqa: E402

for row in Now.objects.order_by("user_id", "email").select_related("user"):
    print(row.user.email, row.email, row.verified, row.primary)
