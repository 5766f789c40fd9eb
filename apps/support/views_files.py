"""Files for the first message of a ticket, which has no conversation yet."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from apps.conversations.actions import discard
from apps.conversations.views_files import take_in
from apps.core.limits import limited
from apps.support.views_chat import asking_person


@require_POST
@limited("uploads")
def file_create(request: HttpRequest) -> HttpResponse:
    """Take in one file (`file`); answers with its id, or with what is wrong with it."""
    asking_person(request)
    return take_in(request, None)


@require_http_methods(["DELETE"])
def file_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away a file that the asking person has uploaded and not sent."""
    if not discard(asking_person(request), None, [pk]):
        raise Http404
    return HttpResponse(status=204)
