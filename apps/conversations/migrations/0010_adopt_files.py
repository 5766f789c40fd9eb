"""The files of messages become stored files. Not a byte moves: each is found under the name that it had.

A batch is a transaction of its own, so that nothing is locked for long; what was cut off goes on where it ended. On the way
back, what has been sent since gets a second copy in the folder where it is looked for then.
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations, transaction

BATCH = 500
SAME = ("size", "thumbnail", "width", "height", "created", "ready", "failed", "tries", "lease")


def batches(rows: Any, using: str) -> Iterator[list[Any]]:
    """Rows by their keys, so many at a time, each time locked until what is done with them is committed."""
    after = 0
    while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic(using):
            yield list(rows.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk"))
        after = ids[-1]


def adopt(apps, schema_editor):
    """Give each attachment a stored file that is what it was itself."""
    using = schema_editor.connection.alias
    attachments = apps.get_model("conversations", "Attachment").objects.using(using)
    StoredFile = apps.get_model("files", "StoredFile")
    for rows in batches(attachments.filter(stored=None), using):
        made = [
            StoredFile(
                owner_id=row.uploader_id,
                name=row.name,
                kind=row.content_type,
                file=row.file.name,
                **{field: getattr(row, field) for field in SAME},
            )
            for row in rows
        ]
        for row, stored in zip(rows, StoredFile.objects.using(using).bulk_create(made), strict=True):
            row.stored = stored
        attachments.bulk_update(rows, ["stored"])


def give_back(apps, schema_editor):
    """Have each attachment say itself again what its file is."""
    using = schema_editor.connection.alias
    attachments = apps.get_model("conversations", "Attachment").objects.using(using)
    files = apps.get_model("files", "StoredFile").objects.using(using)
    storage = files.model._meta.get_field("file").storage
    for rows in batches(attachments.exclude(stored=None).select_related("stored"), using):
        ids = [row.stored_id for row in rows]
        for row in rows:
            for field in SAME:
                setattr(row, field, getattr(row.stored, field))
            row.name, row.content_type = row.stored.name, row.stored.kind
            row.file = _there(storage, row.stored.file.name)
            row.thumbnail = _there(storage, row.stored.thumbnail.name)
            row.stored = None
        attachments.bulk_update(rows, ["stored", "name", "content_type", "file", *SAME])
        files.filter(pk__in=ids).delete()


def _there(storage: Any, name: str | None) -> str:
    """Where the release before keeps a file of this name; its own cleaning takes the other copy."""
    if not name or not name.startswith("files/") or not storage.exists(name):
        return name or ""
    with storage.open(name) as content:
        return storage.save(f"attachments/{name.removeprefix('files/')}", content)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0009_attachment_file'),
    ]

    operations = [
        migrations.RunPython(adopt, give_back, elidable=True),
    ]
