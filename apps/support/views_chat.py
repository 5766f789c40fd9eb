"""One's own questions to the academy."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.people import signed_in
from apps.conversations.threads import Place, open_thread
from apps.support.models import Ticket


@require_safe
def support_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's own tickets."""
    user = signed_in(request)
    ticket = get_object_or_404(Ticket.objects.filter(person=user).select_related("conversation", "person"), pk=pk)
    thread = open_thread(user, ticket.conversation, Place())
    return render(request, "conversations/conversation_detail.html", {"thread": thread})
