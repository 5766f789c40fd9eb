"""What is done with one ticket: each verb is a resource of its own, and answers with the ticket's head."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.core.formats import day_and_time
from apps.core.htmx import wants_fragment
from apps.core.ids import element_id
from apps.support import actions
from apps.support.desk import Desk
from apps.support.models import Label, Ticket, Topic, answerers
from apps.support.snoozing import until
from apps.support.views_inbox import answerer, ticket_of

UNKNOWN = "Choose one of the list."


@require_http_methods(["POST", "DELETE"])
def ticket_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose it is: POST takes it (`take`), or gives it to `user` (`least-busy`, empty: nobody); DELETE returns it.

    `seen` is whose it was on the page.
    """
    user = answerer(request)
    ticket = ticket_of(user, pk)
    before = ticket.owner
    try:
        if "take" in request.POST:
            ticket = actions.take(user, ticket)
        elif request.POST.get("user") == "least-busy":
            actions.assign_to_least_busy(user, ticket)
            ticket = ticket_of(user, pk)
        else:
            to = None if request.method == "DELETE" else _person(request.POST.get("user", ""))
            ticket = actions.hand_over(user, ticket, to, _seen(request, before))
    except ValidationError as error:
        return _refused(request, user, pk, error)
    owner = ticket.owner
    said = f"{owner.full_name if owner != user else 'You'} answer{'s' if owner != user else ''} it." if owner else ""
    return _done(request, user, ticket, said or "It is back in the queue.", undo=before != owner)


def _person(asked: str) -> User | None:
    if not asked:
        return None
    person = answerers().filter(pk=asked).first() if asked.isascii() and asked.isdigit() else None
    if person is None:
        raise ValidationError("Choose somebody who answers tickets.", code="unknown")
    return person


def _seen(request: HttpRequest, owner: User | None) -> int | None:
    seen = request.POST.get("seen")
    if seen is None:
        return owner.pk if owner else None
    return int(seen) if seen.isascii() and seen.isdigit() else None


@require_http_methods(["POST", "DELETE"])
def ticket_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """POST closes it, DELETE (or POST with `reopen`) reopens it."""
    user = answerer(request)
    ticket = ticket_of(user, pk)
    reopening = request.method == "DELETE" or "reopen" in request.POST
    try:
        ticket = actions.reopen(user, ticket) if reopening else actions.close(user, ticket)
    except ValidationError as error:
        return _refused(request, user, pk, error)
    return _done(request, user, ticket, "Reopened." if reopening else "Closed.", undo=True)


@require_http_methods(["POST", "DELETE"])
def ticket_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """POST puts it aside until `until` (later, tomorrow, monday, or a day), DELETE (or POST with `end`) ends that."""
    user = answerer(request)
    ticket = ticket_of(user, pk)
    ending = request.method == "DELETE" or "end" in request.POST
    try:
        if ending:
            ticket = actions.end_snooze(user, ticket)
        else:
            chosen = request.POST.get("until", "") or request.POST.get("day", "")
            ticket = actions.snooze(user, ticket, until(chosen))
    except ValidationError as error:
        return _refused(request, user, pk, error)
    if ticket.snoozed_until is None:
        return _done(request, user, ticket, "The snooze has ended.", undo=True)
    return _done(request, user, ticket, f"Snoozed until {day_and_time(ticket.snoozed_until)}.", undo=True)


@require_POST
def ticket_priority(request: HttpRequest, pk: int) -> HttpResponse:
    """How urgent it is: a number of `priority`."""
    user = answerer(request)
    asked = request.POST.get("priority", "")
    try:
        chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 0
        ticket = actions.set_priority(user, ticket_of(user, pk), chosen)
    except ValidationError as error:
        return _refused(request, user, pk, error)
    return _done(request, user, ticket)


@require_POST
def ticket_topic(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is about: a `topic`, empty for none."""
    user = answerer(request)
    asked = request.POST.get("topic", "")
    try:
        topics = _among(Topic, [asked] if asked else [])
    except ValidationError as error:
        return _refused(request, user, pk, error)
    return _done(request, user, actions.set_topic(user, ticket_of(user, pk), topics[0] if topics else None))


@require_POST
def ticket_labels(request: HttpRequest, pk: int) -> HttpResponse:
    """Its labels: all of `label`, and no others."""
    user = answerer(request)
    try:
        labels = _among(Label, request.POST.getlist("label"))
    except ValidationError as error:
        return _refused(request, user, pk, error)
    return _done(request, user, actions.set_labels(user, ticket_of(user, pk), labels))


def _among[M: (Topic, Label)](model: type[M], asked: list[str]) -> list[M]:
    wanted = {pk for pk in asked if pk.isascii() and pk.isdigit() and len(pk) < 19}
    rows = list(model._default_manager.filter(pk__in=wanted))
    if len(rows) != len(set(asked)):
        raise ValidationError(UNKNOWN, code="unknown")
    return rows


def _done(request: HttpRequest, user: User, ticket: Ticket, said: str = "", *, undo: bool = False) -> HttpResponse:
    """The ticket's head as it is now, what was done, and how it is taken back; the list asks for itself."""
    if not wants_fragment(request):
        if said:
            messages.success(request, said)
        return redirect(ticket)
    ticket = ticket_of(user, ticket.pk)
    context = {"desk": Desk(ticket, user), "ticket": ticket, "said": said}
    context |= {"undo": actions.undo_lines([ticket], user) if undo else []}
    response = render(request, "support/inbox/_acted.html", context)
    news = {f"{element_id(ticket)}-staff": {"target": "body"}, "inbox": {"target": "body"}}
    response.headers["HX-Trigger"] = json.dumps(news)
    return response


def _refused(request: HttpRequest, user: User, pk: int, error: ValidationError) -> HttpResponse:
    """Why not, at its place, with the ticket as it is now."""
    ticket = ticket_of(user, pk)
    if not wants_fragment(request):
        messages.error(request, error.messages[0])
        return redirect(ticket)
    context = {"desk": Desk(ticket, user), "ticket": ticket, "error": error.messages[0]}
    return render(request, "support/inbox/_acted.html", context, status=409 if error.code in _LATE else 422)


# Somebody else was first.
_LATE = {"taken", "closed", "open", "awake", "another"}
