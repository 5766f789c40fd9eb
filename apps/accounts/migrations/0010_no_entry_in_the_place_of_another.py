from django.db import migrations

TRIGGER = """
CREATE TRIGGER accounts_audit_no_replace BEFORE INSERT ON accounts_auditentry
WHEN EXISTS (SELECT 1 FROM accounts_auditentry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(TRIGGER)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER accounts_audit_no_replace")


class Migration(migrations.Migration):
    """INSERT OR REPLACE deletes without a trigger for deletes (https://www.sqlite.org/lang_conflict.html)."""

    dependencies = [("accounts", "0009_no_names_in_the_audit")]

    operations = [migrations.RunPython(create, drop)]
