"""Taking a conversation away as a file."""

from collections.abc import Callable, Iterator

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from apps.accounts import audit
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.conversations import policies
from apps.conversations.export import Export, as_json, as_text
from apps.conversations.export_job import MAX_PDF_MESSAGES, export_pdf
from apps.conversations.models import Conversation
from apps.core.json_stream import in_blocks
from apps.core.limits import check, refuse

STREAMED: dict[str, tuple[str, str, Callable[[Export], Iterator[str]]]] = {
    "text": ("txt", "text/plain; charset=utf-8", as_text),
    "json": ("json", "application/json", as_json),
}


@require_POST
def export_detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The conversation as a file: `format` is text, json or pdf; `staff=1` puts team notes in it.

    Text and JSON are streamed. A PDF is made in the background: the answer leads to where it can be fetched. It is
    recorded that it was taken, so that nothing but a form asks for it.
    """
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    if not policies.can_export(user, conversation):
        raise Http404
    ask_again(request, resend=True)
    if wait := check(request, "exports"):
        return refuse(request, "exports", wait)
    wanted = request.POST.get("format", "text")
    export = Export(user, conversation, staff=request.POST.get("staff") == "1")
    if wanted == "pdf":
        return _pdf(request, export)
    if wanted not in STREAMED:
        return HttpResponseBadRequest("format is text, json or pdf")
    audit.record(user, "conversation.exported", conversation, format=wanted, staff=export.staff)
    return _file(export, wanted)


def _pdf(request: HttpRequest, export: Export) -> HttpResponse:
    if export.is_longer_than(MAX_PDF_MESSAGES):
        context = {"conversation": export.conversation, "title": export.title, "most": MAX_PDF_MESSAGES}
        return render(request, "conversations/export_too_long.html", context | {"staff": export.staff}, status=422)
    return redirect(export_pdf(signed_in(request), export))


def _file(export: Export, wanted: str) -> HttpResponseBase:
    extension, content_type, write = STREAMED[wanted]
    response = StreamingHttpResponse(in_blocks(write(export)), content_type=content_type)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, export.file_name(extension)))
    response.headers["Cache-Control"] = "no-store"
    return response
