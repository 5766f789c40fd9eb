from django.db import migrations

REFUSAL = "the audit is append-only"
FUNCTION = f"""
CREATE FUNCTION accounts_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)
        schema_editor.execute(
            "CREATE TRIGGER accounts_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_auditentry"
            " FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_refuse()"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER accounts_audit_no_{verb.lower()} BEFORE {verb} ON accounts_auditentry"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION accounts_audit_refuse CASCADE")
    else:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER accounts_audit_no_{verb}")


class Migration(migrations.Migration):
    """What was written to the audit stays as it is: the database refuses to change or delete it."""

    dependencies = [("accounts", "0003_people_and_invitations")]

    operations = [migrations.RunPython(create, drop)]
