"""Canned answers where they are used: in the composer of a ticket."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.support import actions, canned, policies
from apps.support.models import CannedAnswer, Ticket


@require_safe
def canned_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers with all words of `q` in their title or text, filled in for the person of this ticket."""
    user = signed_in(request)
    if not policies.can_answer(user):
        raise Http404
    ticket = get_object_or_404(Ticket.objects.visible_to(user).select_related("person"), pk=pk)
    found = canned.find(user, ticket, request.GET.get("q", ""))
    return render(request, "support/_canned_options.html", {"answers": found})


@require_POST
def canned_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Count that an answer was inserted."""
    user = signed_in(request)
    actions.count_use(user, get_object_or_404(CannedAnswer.objects.visible_to(user), pk=pk))
    return HttpResponse(status=204)
