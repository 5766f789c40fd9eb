"""Files that people sent up, handed out again to whom a view allows it."""

from hashlib import sha256
from urllib.parse import quote

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from apps.core.headers import NO_PAGE


def serve(
    request: HttpRequest, file: FieldFile, kind: str, name: str, *, download: bool, seconds: int = 0
) -> HttpResponseBase:
    """The content of a file: by nginx where settings.ACCEL says how, else by this process; raises Http404.

    What a file holds never changes under its address: a browser keeps it, but asks each time whether its reader still
    may have it, unless it is told for how many seconds it need not.
    """
    response: HttpResponseBase
    etag = quote_etag(sha256((file.name or "").encode()).hexdigest()[:32])
    if not settings.ACCEL and (known := get_conditional_response(request, etag=etag)):
        response = known
    elif settings.ACCEL:
        response = HttpResponse()
        response.headers["X-Accel-Redirect"] = settings.ACCEL + quote(file.name or "")
    else:
        try:
            response = FileResponse(file.open("rb"))
        except FileNotFoundError:
            raise Http404 from None
        # What is sent is compressed already; packing it again would cost time, and the length that a browser shows.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = f"private, max-age={seconds}" if seconds else "private, no-cache"
    if not settings.ACCEL:  # nginx has one of its own.
        response.headers["ETag"] = etag
    if disposition := content_disposition_header(download, name):
        response.headers["Content-Disposition"] = disposition
    # Whatever is in it, no browser runs it; nor takes it for another kind than it is (HeadersMiddleware).
    response.headers["Content-Security-Policy"] = NO_PAGE
    return response
