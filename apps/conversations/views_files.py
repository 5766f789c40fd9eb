"""Files: one is sent up, thrown away again, or handed to who may read the message that it belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.conversations import actions
from apps.conversations.attachments import inline, of_withheld, readable
from apps.conversations.lookups import conversation_of
from apps.conversations.models import Attachment, Conversation
from apps.core.limits import limited
from apps.core.uploads import NO_ROOM, no_room, too_big
from apps.files.actions import too_large
from apps.files.kinds import DOCUMENTS
from apps.files.serving import ASKED_EACH_TIME, serve


def _attachment(request: HttpRequest, pk: int, attachment_pk: int) -> Attachment:
    user = signed_in(request)
    conversation = Conversation.objects.visible_to(user).with_titles().filter(pk=pk).first()
    return get_object_or_404(readable(user, conversation) if conversation else of_withheld(user, pk), pk=attachment_pk)


@require_POST
@limited("uploads")
def attachment_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in one file (`file`) for a message to come; answers with its id, or with what is wrong with it."""
    return take_in(request, conversation_of(request, pk))


def take_in(request: HttpRequest, conversation: Conversation | None) -> HttpResponse:
    """The same, where None is a conversation that the message is to begin."""
    if no_room(request):
        return _refused(ValidationError(NO_ROOM), 507)
    if too_big(request):
        return _refused(too_large(DOCUMENTS), 413)
    file = request.FILES.get("file")
    if not file:
        return _refused(ValidationError("Choose a file first."), 422)
    try:
        attachment = actions.upload(signed_in(request), conversation, file)
    except ValidationError as error:
        # The page tries once more what came while others were in the way.
        return _refused(error, {"too_large": 413, "busy": 503}.get(error.code or "", 422))
    except PermissionDenied:
        return _refused(ValidationError("This conversation is closed: nobody can write here at the moment."), 403)
    stored = attachment.file
    facts = {name: getattr(stored, name) for name in ("name", "size", "width", "height")}
    return JsonResponse({"id": attachment.pk, "content_type": stored.kind, **facts}, status=201)


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
    return serve(request, found.file, download=not inline(found.file), caching=ASKED_EACH_TIME)


@require_safe
def thumbnail(request: HttpRequest, pk: int, attachment_pk: int) -> HttpResponseBase:
    """A picture, small."""
    found = _attachment(request, pk, attachment_pk)
    return serve(request, found.file, thumbnail=True, caching=ASKED_EACH_TIME)


@contextmanager
def taken_in(request: HttpRequest, conversation: Conversation | None) -> Iterator[list[int]]:
    """The ids of the files that came along with a form (`files`), as a browser without script sends them.

    What is part of no message in the end is thrown away. Raises what actions.upload raises.
    """
    user, ids = signed_in(request), list[int]()
    try:
        if no_room(request):
            raise ValidationError(NO_ROOM)
        if too_big(request):
            raise too_large(DOCUMENTS)
        for file in request.FILES.getlist("files")[: settings.MAX_FILES + 1]:
            ids.append(actions.upload(user, conversation, file).pk)
        yield ids
    finally:
        if ids:
            actions.discard(user, conversation, ids)
