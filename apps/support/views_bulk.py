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
from apps.support import bulk
from apps.support.models import Label, Ticket, answerers
from apps.support.views_inbox import answerer

# No more at once: a page of the list has fewer.
MOST = 100


@require_POST
def bulk_create(request: HttpRequest) -> HttpResponse:
    """Change each `ticket`: by the button `act`, or by what is chosen in `user`, `until` or `label`."""
    user = answerer(request)
    try:
        outcome = _apply(user, request.POST, _tickets(user, request.POST))
    except ValidationError as error:
        return _answer(request, bulk.Outcome("", refused=[error.messages[0]]), 422)
    return _answer(request, outcome)


def _tickets(user: User, data: QueryDict) -> list[Ticket]:
    asked = data.getlist("ticket") + [pair.partition(":")[0] for pair in data.getlist("before")]
    wanted = {int(pk) for pk in asked if pk.isascii() and pk.isdigit() and len(pk) < 19}
    if not wanted:
        raise ValidationError("Tick the tickets that you mean.", code="none")
    if len(wanted) > MOST:
        raise ValidationError(f"Choose at most {MOST} tickets at once.", code="many")
    rows = Ticket.objects.visible_to(user).filter(pk__in=wanted).select_related("conversation__assignee", "person")
    return list(rows.prefetch_related("labels").order_by("pk"))


def _apply(user: User, data: QueryDict, tickets: list[Ticket]) -> bulk.Outcome:
    """One change; raises ValidationError for what isn't one."""
    act = data.get("act", "")
    if simple := {"close": bulk.close, "reopen": bulk.reopen, "wake": bulk.wake, "read": bulk.read}.get(act):
        return simple(user, tickets)
    if pairs := data.getlist("before"):
        return _give_back(user, tickets, dict(pair.partition(":")[::2] for pair in pairs))
    if chosen := data.get("user"):
        to = None if chosen == "nobody" else _one(answerers(), chosen)
        return bulk.give(user, tickets, lambda _: to)
    if chosen := data.get("until"):
        return bulk.snooze(user, tickets, chosen)
    if chosen := data.get("label"):
        return bulk.label(user, tickets, _one(Label.objects.all(), chosen), take_off=act == "unlabel")
    raise ValidationError("Choose what to do with them.", code="nothing")


def _give_back(user: User, tickets: list[Ticket], owners: dict[str, str]) -> bulk.Outcome:
    people = {str(person.pk): person for person in answerers()}
    outcome = bulk.give(user, tickets, lambda ticket: people.get(owners.get(str(ticket.pk), "")))
    outcome.undo = []
    return outcome


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
    response.headers["HX-Trigger"] = json.dumps({"inbox": {"target": "body"}, "inbox-changed": {"target": "body"}})
    return response
