"""Files of messages from before they were stored files, run by test_files_race.py: migrated, read, and back again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.utils import timezone  # noqa: E402

BEFORE = [("conversations", "0008_picture_tries"), ("files", "0001_initial")]
MANY = 1_100  # More than two batches.


def go_back() -> Any:
    """To the tables of before; the models as they were."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    return MigrationExecutor(connection).loader.project_state(BEFORE).apps


def fill(models: Any) -> dict[int, bytes]:
    """Files in every state, and a crowd; the bytes of each by its id."""
    attachments, talks = (
        models.get_model("conversations", "Attachment"),
        models.get_model("conversations", "Conversation"),
    )
    sam = models.get_model("accounts", "User").objects.create(
        email="s@homeroom.test", given_name="Sam", role="staff", password="!"
    )
    thread = talks.objects.create(kind="direct")
    said = {"conversation": thread, "author": sam, "author_name": "Sam", "author_role": "staff", "audience": "everyone"}
    message = models.get_model("conversations", "Message").objects.create(key=1, version=1, **said)
    now = timezone.now()
    sheet = {"name": "sheet.pdf", "content_type": "application/pdf", "size": 5, "ready": now}
    states: list[dict[str, Any]] = [
        sheet | {"message": message},
        sheet | {"message": None, "created": now - timedelta(days=3)},
        sheet | {"uploader": None, "message": message},
        {"name": "a.webp", "content_type": "image/webp", "size": 9, "width": 30, "height": 20, "ready": now},
        {"name": "b.jpg", "content_type": "image/jpeg", "size": 9, "width": 30, "height": 20, "tries": 1},
        {"name": "c.jpg", "content_type": "image/jpeg", "size": 9, "width": 3, "height": 2, "failed": "It is damaged."},
    ]
    contents: dict[int, bytes] = {}
    for number in range(MANY):
        fields = {"uploader": sam, "message": message} | states[number if number < len(states) else 0]
        row = attachments(conversation=thread, **fields)
        content = f"file {number}".encode()
        row.file.name = default_storage.save(f"attachments/2026/11/{number:032x}", ContentFile(content))
        if row.name == "a.webp":
            row.thumbnail.name = default_storage.save("attachments/2026/11/small", ContentFile(b"small"))
        if row.failed:
            default_storage.delete(row.file.name)
        row.save()
        contents[row.pk] = b"" if row.failed else content
    return contents


def all_there() -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def read_all(contents: dict[int, bytes]) -> None:
    """Each attachment is what it was, and leads to its bytes by the models of now."""
    from apps.conversations.models import Attachment

    rows = {row.pk: row for row in Attachment.objects.select_related("file", "message")}
    assert rows.keys() == contents.keys()
    assert len({row.file_id for row in rows.values()}) == len(contents)
    for pk, row in rows.items():
        if row.file.failed:
            assert not row.file.servable
            continue
        with row.file.file.open("rb") as file:
            assert file.read() == contents[pk]
        assert row.file.owner_id == row.uploader_id
    said = [(row.file.name, row.file.kind, row.file.width, row.file.servable) for row in list(rows.values())[:6]]
    assert said == [
        *[("sheet.pdf", "application/pdf", None, True)] * 3,
        ("a.webp", "image/webp", 30, True),
        ("b.jpg", "image/jpeg", 30, False),
        ("c.jpg", "image/jpeg", 3, False),
    ]
    picture = list(rows.values())[3].file
    with picture.thumbnail.open("rb") as file:
        assert file.read() == b"small"


def main() -> None:
    models = go_back()
    contents = fill(models)
    before = all_there()
    call_command("migrate", verbosity=0)
    read_all(contents)
    assert all_there() == before, "no byte has moved"

    from apps.conversations.models import Attachment
    from apps.files import sweeping

    sweeping.sweep()
    assert Attachment.objects.count() == MANY, "what a row points to stays, however old"
    # What is sent from now on has a name of its own kind, which the release before wouldn't look for.
    first = Attachment.objects.order_by("pk").first()
    assert first
    first.file.file.save("", ContentFile(b"new"))
    assert first.file.file.name.startswith("files/")
    contents[first.pk] = b"new"
    again = go_back().get_model("conversations", "Attachment")
    for row in again.objects.all():
        assert row.file.name.startswith("attachments/")
        if not row.failed:
            with row.file.open("rb") as file:
                assert file.read() == contents[row.pk]
    call_command("migrate", verbosity=0)
    read_all(contents)
    print("all there")


if __name__ == "__main__":
    main()
