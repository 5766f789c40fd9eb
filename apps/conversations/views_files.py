"""Files: one is sent up, thrown away again, or handed to who may read the message that it belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.conversations import actions
from apps.conversations.actions.attachments import too_large
from apps.conversations.attachments import inline, readable, servable
from apps.conversations.lookups import conversation_of
from apps.conversations.models import Attachment, Conversation
from apps.core.limits import limited
from apps.core.uploads import too_big

# Whatever is in a file, no browser runs it: not as a page, not as a part of one, not as another kind than it is.
HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a file holds never changes under its address; who has lost access keeps only what they had on screen.
CACHE = "private, max-age=3600"


def _attachment(request: HttpRequest, pk: int, attachment_pk: int) -> Attachment:
    return get_object_or_404(readable(signed_in(request), conversation_of(request, pk)), pk=attachment_pk)


@require_POST
@limited("uploads")
def attachment_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in one file (`file`) for a message to come; answers with its id, or with what is wrong with it."""
    conversation = conversation_of(request, pk)
    if too_big(request):
        return _refused(too_large(), 413)
    file = request.FILES.get("file")
    if not file:
        return _refused(ValidationError("Choose a file first."), 422)
    try:
        attachment = actions.upload(signed_in(request), conversation, file)
    except ValidationError as error:
        return _refused(error, 413 if error.code == "too_large" else 422)
    except PermissionDenied:
        return _refused(ValidationError("This conversation is closed: nobody can write here at the moment."), 403)
    facts = {name: getattr(attachment, name) for name in ("name", "content_type", "size", "width", "height")}
    return JsonResponse({"id": attachment.pk, **facts}, status=201)


def _refused(error: ValidationError, status: int) -> HttpResponse:
    return JsonResponse({"error": error.messages[0]}, status=status)


@require_http_methods(["GET", "HEAD", "DELETE"])
def attachment_detail(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponseBase:
    """The file itself; DELETE throws away one that the asking person has uploaded and not sent."""
    found = _attachment(request, pk, attachment_pk)
    if request.method == "DELETE":
        if not actions.discard(signed_in(request), found.conversation, [found.pk]):
            raise Http404
        return HttpResponse(status=204)
    if not servable(found):
        raise Http404
    return _serve(request, found.file, found.content_type, found.name, download=not inline(found))


@require_safe
def thumbnail(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponseBase:
    """A picture, small."""
    found = _attachment(request, pk, attachment_pk)
    if not inline(found):
        raise Http404
    return _serve(request, found.thumbnail, "image/webp", "", download=False)


def _serve(request: HttpRequest, file: FieldFile, kind: str, name: str, *, download: bool) -> HttpResponseBase:
    """The content of a file: by nginx where settings.ACCEL says how, else by this process."""
    response: HttpResponseBase
    if settings.ACCEL:
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
    response.headers["Cache-Control"] = CACHE
    if disposition := content_disposition_header(download, name):
        response.headers["Content-Disposition"] = disposition
    for header, value in HARMLESS.items():
        response.headers[header] = value
    return response


@contextmanager
def taken_in(request: HttpRequest, conversation: Conversation) -> Iterator[list[int]]:
    """The ids of the files that came along with a form (`files`), as a browser without script sends them.

    What is part of no message in the end is thrown away. Raises what actions.upload raises.
    """
    user, ids = signed_in(request), list[int]()
    try:
        if too_big(request):
            raise too_large()
        for file in request.FILES.getlist("files")[: settings.MAX_FILES + 1]:
            ids.append(actions.upload(user, conversation, file).pk)
        yield ids
    finally:
        if ids:
            actions.discard(user, conversation, ids)
