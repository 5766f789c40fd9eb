from importlib import import_module

from django.db import migrations

append_only = import_module("apps.accounts.migrations.0004_append_only")

# What entries of before kept of people: values that were changed, what a deleted row was called, names of files.
PERSONAL = {"changes", "name", "file", "reference", "teacher", "course"}


def without_names(verb, detail):
    if verb == "student.updated" and isinstance(detail.get("changes"), dict):
        return {"fields": sorted(detail["changes"])}
    if verb == "batch.changed":
        fields = sorted(set(detail) & {"teacher", "course"})
        kept = {name: value for name, value in detail.items() if name not in fields}
        return kept | ({"fields": fields} if fields else {})
    if verb in {"students.imported", "batch.created", "payment.removed"} or verb.endswith(".deleted"):
        return {name: value for name, value in detail.items() if name not in PERSONAL}
    return detail


def forget(apps, schema_editor):
    entries = apps.get_model("accounts", "AuditEntry").objects
    append_only.drop(apps, schema_editor)
    for pk, verb, detail in entries.exclude(detail={}).values_list("pk", "verb", "detail").iterator(chunk_size=1_000):
        kept = without_names(verb, detail)
        if kept != detail:
            entries.filter(pk=pk).update(detail=kept)
    append_only.create(apps, schema_editor)


class Migration(migrations.Migration):
    """The audit keeps numbers and names of fields, since it is kept for good; this once, the triggers step aside."""

    dependencies = [("accounts", "0008_the_audit_is_searched")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
