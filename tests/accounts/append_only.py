"""What was written to the audit stays, whoever asks for what; on whatever database the environment names."""

import django

django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

TABLE = "accounts_auditentry"


def before() -> None:
    """A database as it was before the audit was append-only, with entries that say too much."""
    call_command("migrate", "accounts", "0003", verbosity=0)
    call_command("migrate", "contenttypes", verbosity=0)
    apps = MigrationExecutor(connection).loader.project_state([("accounts", "0003_people_and_invitations")]).apps
    user = apps.get_model("accounts", "User").objects.create(email="old@x.test", given_name="Old", role="staff")
    entries = apps.get_model("accounts", "AuditEntry").objects
    entries.create(actor=user, verb="student.updated", detail={"changes": {"note": ["", "a secret"], "grade": "8"}})
    entries.create(actor=user, verb="student.deleted", detail={"name": "Amina Diallo (S001)"})
    entries.create(actor=user, verb="students.imported", detail={"file": "Aminas class.csv", "counts": {"created": 1}})
    entries.create(actor=user, verb="batch.changed", detail={"teacher": ["Tariq", "Tessa"], "fee": ["1", "2"]})
    entries.create(actor=None, verb="payment.recorded", detail={"amount": "5.00"})


def after() -> None:
    """Today's database: all of it is there, without names."""
    call_command("migrate", verbosity=0)
    from apps.accounts.models import AuditEntry

    assert [entry.detail for entry in AuditEntry.objects.order_by("pk")] == [
        {"fields": ["grade", "note"]},
        {},
        {"counts": {"created": 1}},
        {"fee": ["1", "2"], "fields": ["teacher"]},
        {"amount": "5.00"},
    ]


def nothing_changes_it() -> None:
    """The same rows before and after each try; each but deleting what they tell of is refused."""
    from apps.accounts import audit
    from apps.accounts.models import AuditEntry, User

    user = User.objects.get()
    entry = audit.record(user, "user.closed", user)
    rows = list(AuditEntry.objects.order_by("pk").values())

    def sql(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    tries = {
        "update": lambda: sql(f"UPDATE {TABLE} SET verb = 'x'"),
        "update nothing much": lambda: sql(f"UPDATE {TABLE} SET verb = verb WHERE id = {entry.pk}"),
        "delete": lambda: sql(f"DELETE FROM {TABLE} WHERE id = {entry.pk}"),
        "replace": lambda: sql(
            f"INSERT OR REPLACE INTO {TABLE} (id, verb, detail, at) VALUES ({entry.pk}, 'x', '{{}}', '2020-01-01')"
            if connection.vendor == "sqlite"
            else f"INSERT INTO {TABLE} (id, verb, detail, at) VALUES ({entry.pk}, 'x', '{{}}', '2020-01-01')"
            " ON CONFLICT (id) DO UPDATE SET verb = 'x'"
        ),
        "queryset update": lambda: AuditEntry.objects.update(verb="x"),
        "queryset delete": lambda: AuditEntry.objects.all().delete(),
        "save": lambda: AuditEntry(pk=entry.pk, verb="x").save(),
        "delete one": lambda: AuditEntry.objects.get(pk=entry.pk).delete(),
        "bulk update": lambda: AuditEntry.objects.bulk_update([AuditEntry(pk=entry.pk, verb="x")], ["verb"]),
        "upsert": lambda: AuditEntry.objects.bulk_create(
            [AuditEntry(pk=entry.pk, verb="x")], update_conflicts=True, unique_fields=["id"], update_fields=["verb"]
        ),
        "flush": lambda: call_command("flush", interactive=False, verbosity=0),
    }
    if connection.vendor == "postgresql":
        tries["truncate"] = lambda: sql(f"TRUNCATE {TABLE}")
        tries["truncate with all"] = lambda: sql(f"TRUNCATE accounts_user, {TABLE} CASCADE")
    for name, attempt in tries.items():
        try:
            with transaction.atomic():
                attempt()
        except (DatabaseError, CommandError):  # flush says it in words of its own
            pass
        else:
            raise AssertionError(f"{name} was let through")
        assert list(AuditEntry.objects.order_by("pk").values()) == rows, name
    # What an entry tells of may go: the entry stays, and nothing of it changes.
    User.objects.all().delete()
    ContentType.objects.filter(app_label="accounts", model="user").delete()
    assert list(AuditEntry.objects.order_by("pk").values()) == rows
    entry = AuditEntry.objects.select_related("actor", "thing_type").get(pk=entry.pk)
    assert (entry.actor, entry.thing_type) == (None, None)
    assert entry.actor_id


if __name__ == "__main__":
    before()
    after()
    nothing_changes_it()
    print("kept")
