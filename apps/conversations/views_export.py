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
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from apps.accounts import audit
from apps.accounts.people import signed_in
from apps.conversations import policies
from apps.conversations.export import Export, as_json, as_text
from apps.conversations.export_pdf import MAX_MESSAGES, as_pdf
from apps.conversations.models import Conversation
from apps.core.json_stream import in_blocks

STREAMED: dict[str, tuple[str, str, Callable[[Export], Iterator[str]]]] = {
    "text": ("txt", "text/plain; charset=utf-8", as_text),
    "json": ("json", "application/json", as_json),
}


@require_safe
def export_detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The conversation as a file: `format` is text, json or pdf; `staff=1` puts messages for staff only in it."""
    user = signed_in(request)
    conversation = get_object_or_404(Conversation.objects.visible_to(user), pk=pk)
    if not policies.can_export(user, conversation):
        raise Http404
    wanted = request.GET.get("format", "text")
    if wanted not in {*STREAMED, "pdf"}:
        return HttpResponseBadRequest("format is text, json or pdf")
    export = Export(user, conversation, staff=request.GET.get("staff") == "1")
    if wanted == "pdf" and export.is_longer_than(MAX_MESSAGES):
        context = {"conversation": conversation, "title": export.title, "most": MAX_MESSAGES, "staff": export.staff}
        return render(request, "conversations/export_too_long.html", context, status=422)
    audit.record(user, "conversation.exported", conversation, format=wanted, staff=export.staff)
    return _file(export, wanted)


def _file(export: Export, wanted: str) -> HttpResponseBase:
    if wanted == "pdf":
        extension = "pdf"
        response: HttpResponseBase = HttpResponse(as_pdf(export), content_type="application/pdf")
    else:
        extension, content_type, write = STREAMED[wanted]
        response = StreamingHttpResponse(in_blocks(write(export)), content_type=content_type)
    response.headers["Content-Disposition"] = str(content_disposition_header(True, export.file_name(extension)))
    response.headers["Cache-Control"] = "no-store"
    return response
