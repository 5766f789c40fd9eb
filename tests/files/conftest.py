"""A folder of its own for each test's files, and files to send."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.files.actions import store
from apps.files.kinds import Kinds
from apps.files.models import StoredFile

HERE = Path(__file__).parent
Store = Callable[..., StoredFile]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for files and one for those on their way in."""
    monkeypatch.setattr("apps.core.limits._counts", None)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOADS = tmp_path / "uploads"
    return tmp_path


@pytest.fixture
def keep(cast: Any, django_capture_on_commit_callbacks: Any) -> Store:
    """Store something, by a teacher unless another is named; the jobs that this begins have ended."""

    def send(content: bytes | str, kinds: Kinds, name: str = "", actor: User | None = None) -> StoredFile:
        if isinstance(content, str):
            name, content = name or content, (HERE / content).read_bytes()
        with django_capture_on_commit_callbacks(execute=True):
            stored = store(actor or cast.teacher, SimpleUploadedFile(name or "file", content), kinds=kinds)
        stored.refresh_from_db()
        return stored

    return send


def content(stored: StoredFile) -> bytes:
    """What is in a file."""
    with stored.file.open("rb") as file:
        return file.read()


def on_disk(media: Path) -> list[Path]:
    """All that is kept in files."""
    return [path for path in media.rglob("*") if path.is_file()]
