"""Files that many take at the same moment, and jobs that die in the middle, on the database of the environment."""

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.conversations.actions import discard, send_message, upload  # noqa: E402
from apps.conversations.models import Attachment, Message  # noqa: E402
from apps.core import images  # noqa: E402
from apps.files import preparing, sweeping  # noqa: E402
from apps.files.models import StoredFile  # noqa: E402
from apps.students.models import Student  # noqa: E402
from tests.conversations.files import PDF, picture  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

TIMES = 6


def on_disk() -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def known() -> set[str]:
    rows = StoredFile.objects.values_list("file", "thumbnail")
    return {name for pair in rows for name in pair if name}


def stored_of(photo: int) -> StoredFile:
    return Attachment.objects.select_related("file").get(pk=photo).file


def race() -> None:
    staff = User.objects.create_user("s@homeroom.test", given_name="Sam", role=Role.STAFF)
    thread = Student.objects.create(code="S1", given_name="Amina").conversation

    def new(content: bytes = PDF, name: str = "a.pdf") -> int:
        return upload(staff, thread, SimpleUploadedFile(name, content)).pk

    # One file, several messages: one gets it, and the others are not sent.
    for _ in range(TIMES):
        before, file = Message.objects.count(), new()
        at_once(
            *[lambda f=file: send_message(staff, thread, "", "staff", attachments=[f])] * 4,
            refusals=(ValidationError,),
        )
        assert Message.objects.count() == before + 1
    # Sent and thrown away at once: either, never both.
    for _ in range(TIMES):
        before, file = Message.objects.count(), new()
        sent, thrown = at_once(
            lambda f=file: send_message(staff, thread, "", "staff", attachments=[f]),
            lambda f=file: discard(staff, thread, [f]),
            refusals=(ValidationError,),
        )
        assert isinstance(sent, Message) is (thrown == 0), (sent, thrown)
        assert Attachment.objects.filter(pk=file, message__isnull=False).exists() is (thrown == 0)
        assert Message.objects.count() == before + (thrown == 0)
    # Sent while its job runs, more than once: the picture is ready, and its message was shown anew exactly if need be.
    for _ in range(TIMES):
        photo = new(picture(), "a.jpg")
        stored = stored_of(photo).pk
        results = at_once(
            lambda p=photo: send_message(staff, thread, "", "staff", attachments=[p]),
            *[lambda s=stored: preparing.prepare(s)] * 3,
        )
        attachment = Attachment.objects.get(pk=photo)
        assert attachment.file.ready
        assert attachment.message == results[0]
        versions = list(Message.objects.values_list("version", flat=True))
        assert len(set(versions)) == len(versions)
    assert on_disk() == known(), on_disk() ^ known()


def killed() -> None:
    """A process dies at each step of a job; another one makes up for it, and nothing is left over in the end."""
    staff, thread = User.objects.get(), Student.objects.get().conversation
    for step in ("read", "written", "settled"):
        photo = upload(staff, thread, SimpleUploadedFile("a.jpg", picture())).pk
        send_message(staff, thread, step, "staff", attachments=[photo])
        connections.close_all()
        if not (child := os.fork()):
            die(step, stored_of(photo).pk)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        stored = stored_of(photo)
        assert not stored.ready
        now = timezone.now()
        # As if the lease of whoever died were over.
        StoredFile.objects.filter(pk=stored.pk).update(created=now - timedelta(minutes=5), lease=now)
        preparing.catch_up()
        assert stored_of(photo).ready
    left = on_disk() - known()
    assert left, "what was written before the end came"
    for name in left:
        old = (timezone.now() - timedelta(hours=25)).timestamp()
        os.utime(Path(settings.MEDIA_ROOT) / name, (old, old))
    assert sweeping.sweep_storage() == len(left)
    assert on_disk() == known()


def die(step: str, stored_id: int) -> NoReturn:
    """Run a job that ends its process with -9."""

    def end(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if step == "read":
        images.rewrite = end
    elif step == "written":
        preparing._settle = end
    else:
        # Everything is stored, and the transaction is still open.
        preparing.delete_bytes = end
    try:
        preparing.prepare(stored_id)
    finally:
        os._exit(0)


if __name__ == "__main__":
    race()
    killed()
    print("settled")
