"""A ticket's transcript, by mail to its person."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.people import signed_in
from apps.core.limits import limited
from apps.support import actions, policies
from apps.support.models import Ticket


@require_POST
@limited("exports")
def ticket_transcript(request: HttpRequest, pk: int) -> HttpResponse:
    """For staff: have it sent to the person."""
    user = signed_in(request)
    if not policies.can_answer(user):
        raise Http404
    rows = Ticket.objects.visible_to(user).select_related("person", "conversation")
    return _send(request, get_object_or_404(rows, pk=pk), "support:ticket_detail")


@require_POST
@limited("exports")
def support_transcript(request: HttpRequest, pk: int) -> HttpResponse:
    """For the person: have it sent to oneself."""
    rows = Ticket.objects.filter(person=signed_in(request)).select_related("person", "conversation")
    return _send(request, get_object_or_404(rows, pk=pk), "support:support_detail")


def _send(request: HttpRequest, ticket: Ticket, page: str) -> HttpResponse:
    try:
        actions.send_transcript(signed_in(request), ticket)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        name = "you" if ticket.person == request.user else ticket.person.given_name
        messages.success(request, f"The conversation is on its way to {name} by e-mail.")
    return redirect(page, ticket.pk)
