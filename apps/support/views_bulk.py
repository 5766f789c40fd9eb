"""Changes to the tickets that are ticked in the inbox."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.core.htmx import wants_fragment
from apps.core.ids import element_id
from apps.support import bulk
from apps.support.models import Label, Ticket, TicketLog, answerers
from apps.support.views_inbox import answerer

# No more at once: a page of the list has fewer.
MOST = 100
# So many tell their heads at once; the others hear it by the stream.
FEW = 10


@require_POST
def bulk_create(request: HttpRequest) -> HttpResponse:
    """Change each `ticket`: by the button `act`, or by what is chosen in `user`, `until` or `label`."""
    user = answerer(request)
    try:
        outcome = _apply(user, request.POST, _tickets(user, request.POST))
    except ValidationError as error:
        return _answer(request, bulk.Outcome("", refused=[error.messages[0]]), 422)
    return _answer(request, outcome)


@require_POST
def undo_create(request: HttpRequest) -> HttpResponse:
    """Undo what one has just done: each `line` of a ticket's log, where nobody moved the ticket since."""
    user = answerer(request)
    rows = TicketLog.objects.filter(pk__in=_ids(request.POST, "line"), ticket__in=Ticket.objects.visible_to(user))
    lines = {row.ticket: row.pk for row in rows.select_related("ticket__person").order_by("pk")[:MOST]}
    if not lines:
        return _answer(request, bulk.Outcome("", refused=["There is nothing of yours to undo here."]), 422)
    outcome = bulk.undo(user, lines)
    return _answer(request, outcome, 200 if outcome.changed else 409)


def _ids(data: QueryDict, name: str) -> set[int]:
    return {int(pk) for pk in data.getlist(name) if pk.isascii() and pk.isdigit() and len(pk) < 19}


def _tickets(user: User, data: QueryDict) -> list[Ticket]:
    wanted = _ids(data, "ticket")
    if not wanted:
        raise ValidationError("Tick the tickets that you mean.", code="none")
    if len(wanted) > MOST:
        raise ValidationError(f"Choose at most {MOST} tickets at once.", code="many")
    rows = Ticket.objects.visible_to(user).filter(pk__in=wanted).select_related("conversation__assignee", "person")
    return list(rows.prefetch_related("labels").order_by("pk"))


def _apply(user: User, data: QueryDict, tickets: list[Ticket]) -> bulk.Outcome:
    """One change; raises ValidationError for what isn't one."""
    act = data.get("act", "")
    if simple := {"close": bulk.close, "read": bulk.read}.get(act):
        return simple(user, tickets)
    if data.get("user") == "least-busy":
        return bulk.spread(user, tickets)
    if chosen := data.get("user"):
        return bulk.give(user, tickets, None if chosen == "nobody" else _one(answerers(), chosen))
    if chosen := data.get("until"):
        return bulk.snooze(user, tickets, chosen)
    if chosen := data.get("label"):
        return bulk.label(user, tickets, _one(Label.objects.all(), chosen), take_off=act == "unlabel")
    raise ValidationError("Choose what to do with them.", code="nothing")


def _one[M: (User, Label)](rows: QuerySet[M], chosen: str) -> M:
    found = rows.filter(pk=chosen).first() if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None
    if found is None:
        raise ValidationError("Choose one of the list.", code="unknown")
    return found


def _answer(request: HttpRequest, outcome: bulk.Outcome, status: int = 200) -> HttpResponse:
    if not wants_fragment(request):
        (messages.success if outcome.changed else messages.error)(request, outcome.said)
        return redirect("support:inbox")
    response = render(request, "support/inbox/_changed.html", {"outcome": outcome}, status=status)
    news = ["inbox", "inbox-changed", *(f"{element_id(ticket)}-staff" for ticket in outcome.changed[:FEW])]
    response.headers["HX-Trigger"] = json.dumps({name: {"target": "body"} for name in news})
    return response
