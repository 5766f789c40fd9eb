"""Files on their way in: written to disk as they come, and no further than they may be long."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

# What surrounds the files of a form: its fields, and the lines between the parts.
FORM = 1_000_000
NO_ROOM = "The academy's server has no room for more files at the moment. Tell the office, and try again later."


class OnItsWay(TemporaryUploadedFile):
    """A file in settings.UPLOADS, a folder that is made when it is needed: a start writes nothing."""

    def __init__(self, name: str, content_type: str, charset: str | None, extra: dict[str, bytes] | None) -> None:
        folder = Path(settings.UPLOADS)
        folder.mkdir(parents=True, exist_ok=True)
        # Closing it deletes it, wherever it is by then.
        file = NamedTemporaryFile(suffix=".upload", dir=folder)  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)


def takes[View: Callable[..., Any]](limit: Callable[[], int], may: Callable[[Any], bool]) -> Callable[[View], View]:
    """Have a view take one file that is longer than others, from people who `may` send it.

    They are asked before the first byte is kept, while the view itself has yet to find out who may do what.
    """

    def mark(view: View) -> View:
        view.__dict__["takes"] = (limit, may)
        return view

    return mark


def limit_of(request: HttpRequest | None) -> int:
    """How many bytes one file of this request may have."""
    match = request.resolver_match if request else None
    found = getattr(match.func, "takes", None) if match else None
    if request and found:
        limit, may = found
        if request.user.is_authenticated and may(request.user):
            return max(settings.MAX_FILE, int(limit()))
    return int(settings.MAX_FILE)


class UploadHandler(TemporaryFileUploadHandler):
    """Stops reading at the first byte too many, and lets the view say why (`too_big(request)`)."""

    _allowed = True
    _room = True
    _most = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """How long all of it is going to be."""
        self._room = has_room(content_length)
        self._most = limit_of(self.request)
        self._allowed = content_length <= max(settings.MAX_FILES * settings.MAX_FILE, self._most) + FORM

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Another file begins."""
        if not self._room:
            self.request.no_room = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=True)
        if not self._allowed:
            self._stop()
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = OnItsWay(self.file_name or "", self.content_type or "", self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Another piece of it, `start` bytes after its beginning."""
        if start + len(raw_data) > self._most:
            self._stop()
        super().receive_data_chunk(raw_data, start)

    def _stop(self) -> None:
        self.request.too_big = True  # type: ignore[union-attr]
        raise StopUpload(connection_reset=True)


def has_room(size: int) -> bool:
    """Whether so many bytes leave settings.FREE_DISK on each of the disks that files go to."""
    folders = (Path(folder) for folder in (settings.MEDIA_ROOT, settings.UPLOADS))
    there = (next(each for each in (folder, *folder.parents) if each.exists()) for folder in folders)
    return all(shutil.disk_usage(folder).free - size >= settings.FREE_DISK for folder in there)


def no_room(request: HttpRequest) -> bool:
    """The disk is too full for the files of this request: none of them was written down."""
    return bool(request.POST is not None and getattr(request, "no_room", False))


def too_big(request: HttpRequest) -> bool:
    """A file in this request was longer than it may be (`limit_of`), or all together than so many may be."""
    # Reading the form decides it.
    return bool(request.POST is not None and getattr(request, "too_big", False))
