"""Files handed out to whom a view allows it: by nginx where settings.ACCEL says how, else by this process, in parts.

A view finds its own row through `visible_to` and hands over what the row points to:

    lesson = get_object_or_404(Lesson.objects.visible_to(user), pk=pk)
    return serve(request, lesson.video)

It asks again for each part of a video: access that has ended plays no further than what the browser holds already.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Any
from urllib.parse import quote
from weakref import finalize

from django.conf import settings
from django.db import connections
from django.db.models.fields.files import FieldFile
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header, quote_etag

from apps.core.headers import NO_PAGE
from apps.files import open_files, ranges
from apps.files.filetypes import IMAGES, SVG
from apps.files.models import StoredFile

# How long a browser keeps a file. What it holds never changes under its address, but its reader may be another one.
NEVER_KEPT = "private, no-store"
ASKED_EACH_TIME = "private, no-cache"
CHUNK = 256 * 1024
# Below this nobody notices that a database connection waits.
LONG = 4 * CHUNK

# A PDF opens in a page of ours. Chromium's viewer is an `<embed>` with a style of its own, which it puts into what we
# send, and shows nothing in a sandbox; no script of the file runs with our origin in any browser.
PDF_PAGE = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
# Drawings have styles in them. Shown by `<img>` they run nothing; opened alone, in a sandbox, neither.
DRAWING = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
POLICIES = {"application/pdf": PDF_PAGE, SVG: DRAWING}
THUMBNAIL = "image/webp"
# A `<track>` is read from our own origin alone; captions are short.
PASSED_ON = "text/vtt"


def kept_for(seconds: int) -> str:
    """A browser need not ask again for so long, as for a photo that is everywhere."""
    return f"private, max-age={seconds}"


def serve(
    request: HttpRequest,
    stored: StoredFile,
    *,
    download: bool = False,
    thumbnail: bool = False,
    caching: str = NEVER_KEPT,
) -> HttpResponseBase:
    """The content of a file, or its thumbnail, for a page to show; `download` has the browser save it instead.

    What a browser doesn't show safely it saves in any case. Raises Http404 for what isn't ready, or has none.
    """
    if not stored.servable or (thumbnail and not stored.thumbnail):
        raise Http404
    if thumbnail:
        return serve_bytes(request, stored.thumbnail, THUMBNAIL, "", download=False, caching=caching)
    download = download or not shows(stored)
    kind = f"{stored.kind}; charset=utf-8" if stored.kind == "text/vtt" else stored.kind
    return serve_bytes(request, stored.file, kind, stored.name, download=download, caching=caching)


def shows(stored: StoredFile) -> bool:
    """May a browser show it in its window? What was examined or written anew, and what its own viewers open."""
    if stored.kind in IMAGES:
        return bool(stored.thumbnail)
    return stored.kind in {SVG, "text/vtt"} or stored.is_video or stored.is_audio or stored.is_pdf


def serve_bytes(
    request: HttpRequest, file: FieldFile, kind: str, name: str, *, download: bool, caching: str = ASKED_EACH_TIME
) -> HttpResponseBase:
    """The same for a file of any model; raises Http404 where it is gone."""
    if settings.FILE_ORIGINS and not kind.startswith(PASSED_ON):
        return _elsewhere(file, kind, content_disposition_header(download, name))
    if settings.ACCEL:
        response: HttpResponseBase = HttpResponse()
        response.headers["X-Accel-Redirect"] = settings.ACCEL + quote(file.name or "")
    else:
        response = _answer(request, file)
        if response.status_code == 429:
            return response
        # What is sent is compressed already; packing it again would cost time, and the length that a browser shows.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = caching
    patch_vary_headers(response, ["Cookie"])
    if disposition := content_disposition_header(download, name):
        response.headers["Content-Disposition"] = disposition
    # Whatever is in it, no browser runs it; nor takes it for another kind than it is (HeadersMiddleware).
    policy = NO_PAGE if download else POLICIES.get(kind, NO_PAGE)
    response.headers["Content-Security-Policy"] = policy
    if policy == PDF_PAGE:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _elsewhere(file: FieldFile, kind: str, disposition: str | None) -> HttpResponseBase:
    """Lead to the storage that has it, by an address that nobody can make and that is dead in minutes.

    A browser that is refused there asks here again, where it is decided anew.
    """
    said = {"ResponseContentType": kind, "ResponseCacheControl": NEVER_KEPT}
    if disposition:
        said["ResponseContentDisposition"] = disposition
    storage: Any = file.storage
    response = HttpResponseRedirect(storage.url(file.name, parameters=said, expire=settings.FILE_SECONDS))
    response.headers["Cache-Control"] = NEVER_KEPT
    patch_vary_headers(response, ["Cookie"])
    response.headers["Content-Security-Policy"] = NO_PAGE
    return response


def _answer(request: HttpRequest, file: FieldFile) -> HttpResponseBase:
    """All of it, a part of it, or that the browser has it already (nginx has an ETag of its own)."""
    etag = quote_etag(sha256((file.name or "").encode()).hexdigest()[:32])
    response = get_conditional_response(request, etag=etag) or _content(request, file, etag)
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _content(request: HttpRequest, file: FieldFile, etag: str) -> HttpResponseBase:
    try:
        size = file.size
        part = _part(request, size, etag)
    except FileNotFoundError:
        raise Http404 from None
    except ranges.NotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    response = _sent(request, file, first, last - first + 1)
    if response.status_code == 429:
        return response
    response.headers["Content-Length"] = str(last - first + 1)
    if part:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _part(request: HttpRequest, size: int, etag: str) -> ranges.Part | None:
    """What is asked for: of HEAD never a part, nor of another version than the one that the browser has a part of."""
    header, condition = request.headers.get("Range", ""), request.headers.get("If-Range", etag)
    if request.method != "GET" or not header or condition.strip() != etag:
        return None
    return ranges.asked(header, size)


def _sent(request: HttpRequest, file: FieldFile, start: int, length: int) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    try:
        content = file.storage.open(file.name or "", "rb")
    except FileNotFoundError:
        raise Http404 from None
    content.seek(start)
    reader = open_files.reader_of(request) if length > LONG else ""
    if reader and not open_files.begin(reader):
        content.close()
        return open_files.too_many()
    return StreamingHttpResponse(_Pieces(content, length, reader))


class _Pieces(Iterator[bytes]):
    """So many bytes of an open file, a little at a time, without a database connection that waits for a slow reader."""

    def __init__(self, content: IO[Any], length: int, reader: str) -> None:
        self._content = content
        # Also where nobody closes it, as when a reader is gone before the first piece.
        self._ended = finalize(self, open_files.end, reader) if reader else None
        self._left = length
        self._begun = length <= LONG

    def __next__(self) -> bytes:
        if not self._begun:
            self._begun = True
            _let_go()
        piece: bytes = self._content.read(min(CHUNK, self._left))
        if not piece:
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """The reader has it all, or is gone: also one who was never sent the first piece."""
        self._content.close()
        if self._ended:
            self._ended()


def _let_go() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
