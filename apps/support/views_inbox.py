"""The inbox of those who answer."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.conversations.threads import Place, open_thread
from apps.support import policies
from apps.support.models import Ticket


@require_safe
def ticket_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket, for those who answer."""
    user = signed_in(request)
    if not policies.can_answer(user):
        raise Http404
    rows = Ticket.objects.visible_to(user).select_related("conversation__assignee", "person")
    ticket = get_object_or_404(rows, pk=pk)
    thread = open_thread(user, ticket.conversation, Place())
    return render(request, "conversations/conversation_detail.html", {"thread": thread})
