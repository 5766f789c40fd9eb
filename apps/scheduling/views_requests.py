"""Requests for lessons: the list, a new one, and the answers to one."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import render_part
from apps.core.limits import limited
from apps.scheduling import actions, policies
from apps.scheduling.forms import add_errors, zones_for
from apps.scheduling.forms_requests import AnswerRoom, OfferForm, RequestForm
from apps.scheduling.forms_series import days_of
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import LessonRequest, Proposal, RequestState
from apps.scheduling.views_bookings import clashing

MOST = 100
# Ids for the fields next to the agree buttons: the form for other times uses the same field names.
AGREE = "agree_%s"
REQUESTED = ("subject", "minutes", "place", "note", "client_key")


def find_request(request: HttpRequest, pk: int) -> LessonRequest:
    """A request that this person may see; Http404 otherwise."""
    rows = LessonRequest.objects.visible_to(signed_in(request)).select_related(
        "student__user", "teacher", "booking", "room"
    )
    return get_object_or_404(rows.select_related("asked_by", "answered_by"), pk=pk)


@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """The requests that wait for this person, those that wait for others, and the last that were answered."""
    user = signed_in(request)
    if not policies.may_ask_at_all(user):
        raise Http404
    rows = LessonRequest.objects.visible_to(user).select_related("student", "teacher").prefetch_related("times")
    open_ones = list(rows.open().order_by("expires", "pk")[:MOST])
    context = {
        "mine": [row for row in open_ones if policies.side_of(user, row) == row.turn],
        "others": [row for row in open_ones if policies.side_of(user, row) != row.turn],
        "proposals": _proposals(user),
        "ended": rows.exclude(state=RequestState.OPEN).order_by("-answered_at", "-pk")[:30],
        **_channels(user),
    }
    return render_part(request, "scheduling/request_list.html", "scheduling/_requests.html", context)


def _proposals(user: User) -> QuerySet[Proposal]:
    """The proposed moves that wait for this person, for staff all."""
    rows = Proposal.objects.open() if user.sees_all else Proposal.objects.waiting_for(user).distinct()
    return rows.select_related("booking", "by").order_by("expires", "pk")[:MOST]


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def request_create(request: HttpRequest) -> HttpResponse:
    """A form that asks for a lesson; POST sends it. `?day=`, `?at=`, `?teacher=` and `?student=` fill it in."""
    user = signed_in(request)
    if not policies.may_ask_at_all(user):
        raise Http404
    initial = {name: request.GET.get(name, "") for name in ("day", "at", "teacher", "student")}
    data = request.POST if request.method == "POST" else None
    form = RequestForm(data, user=user, zones=zones_for(user), initial=initial | {"client_key": uuid.uuid4()})
    clash: actions.Clash | None = None
    if form.is_valid():
        own = {name: form.cleaned_data[name] for name in REQUESTED}
        try:
            asked = actions.ask(user, actions.Wish(**own, **form.sides, time=form.time, rule=form.wanted_rule))
        except actions.Clash as error:
            clash = error
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        except PermissionDenied as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The request was sent. You are told when it is answered.")
            return redirect(asked)
    context = {"form": form, **(clashing(form, clash) | {"may_anyway": False})}
    return render(request, "scheduling/request_create.html", context, status=422 if form.is_bound else 200)


@require_safe
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, with the answers that this person may give; for htmx what stands on its page."""
    return _page(request, find_request(request, pk))


@require_POST
@limited("posts")
def request_approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to the time with the id `time`, in a `room`.

    With `anyway`, staff override a student's other lesson. `without` are the dates of a series that clashed for the
    time `refused`; they are left out if `time` is that one.
    """
    sent, time_pk = request.POST, request.POST.get("time", "")
    number = int(time_pk) if time_pk.isascii() and time_pk.isdecimal() and len(time_pk) < 18 else 0
    anyway = sent.get("anyway") == "1"
    without = days_of(sent, "without") if sent.get("refused") == time_pk else set()
    user, asked = signed_in(request), find_request(request, pk)
    where = AnswerRoom(sent, user=user, asked=asked, auto_id=AGREE)
    if not where.is_valid():
        return _page(request, asked, where=where, status=422)
    return _answer(
        request, asked, lambda user, asked: actions.approve(user, asked, number, anyway, without, where.chosen), where
    )


@require_POST
@limited("posts")
def request_refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no, with a `reason`."""
    reason = request.POST.get("reason", "")
    return _answer(request, find_request(request, pk), lambda user, asked: actions.decline(user, asked, reason))


@require_POST
@limited("posts")
def request_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one asked, or offered last."""
    return _answer(request, find_request(request, pk), actions.withdraw_request)


@require_POST
@limited("posts")
def request_times(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with other times: `day_1`, `at_1` and so on, and a `word`."""
    user, asked = signed_in(request), find_request(request, pk)
    form = OfferForm(request.POST, user=user, asked=asked, zones=_zones(user, asked))
    if not form.is_valid():
        return _page(request, asked, form, 422)
    try:
        actions.offer_times(user, asked, form.times, form.cleaned_data["word"], form.chosen)
    except ValidationError as error:
        add_errors(form, error)
        return _page(request, asked, form, 422)
    except PermissionDenied as error:
        form.add_error(None, str(error))
        return _page(request, asked, form, 403)
    messages.success(request, "The other times were sent.")
    return redirect(asked)


def _answer(
    request: HttpRequest,
    asked: LessonRequest,
    act: Callable[[User, LessonRequest], object],
    where: AnswerRoom | None = None,
) -> HttpResponse:
    user = signed_in(request)
    try:
        act(user, asked)
    except actions.Unsettled as error:
        refused = error.messages[0]
        if where and "room" in where.fields and _is_about_room(error):
            add_errors(where, error)
            refused = ""
        return _page(request, asked, status=422, refused=refused, without=error.days, where=where)
    except ValidationError as error:
        now, clash = find_request(request, asked.pk), error if isinstance(error, actions.Clash) else None
        if not now.is_open and now.answered_by == user:
            # A second click on what the first has done.
            return redirect(now)
        if where and "room" in where.fields and _is_about_room(error):
            add_errors(where, error)
            return _page(request, now, status=422, where=where)
        return _page(request, now, status=422, refused=error.messages[0], clash=clash, where=where)
    except PermissionDenied as error:
        return _page(request, asked, status=403, refused=str(error), where=where)
    return redirect(asked)


def _is_about_room(error: ValidationError) -> bool:
    return "room" in error.message_dict if hasattr(error, "error_dict") else getattr(error, "code", None) == "room"


def _page(
    request: HttpRequest,
    asked: LessonRequest,
    form: OfferForm | None = None,
    status: int = 200,
    where: AnswerRoom | None = None,
    refused: str = "",
    clash: actions.Clash | None = None,
    without: Iterable[date] = (),
) -> HttpResponse:
    user = signed_in(request)
    may_answer = policies.may_answer(user, asked)
    if may_answer:
        form = form or OfferForm(user=user, asked=asked, zones=_zones(user, asked))
        where = where or AnswerRoom(user=user, asked=asked, auto_id=AGREE)
    context: dict[str, Any] = {
        "asked": asked,
        "times": asked.times.all(),
        "may_answer": may_answer,
        "may_withdraw": policies.may_withdraw(user, asked),
        "form": form,
        "where": where,
        "refused": refused,
        "nearest": clash.nearest if clash else [],
        "may_anyway": bool(clash and clash.code == "student" and user.sees_all),
        "without": [day.isoformat() for day in without],
        "chosen": request.POST.get("time", ""),
        "reason": request.POST.get("reason", ""),
        **_channels(user),
    }
    return render_part(request, "scheduling/request_detail.html", "scheduling/_request.html", context, status)


def _zones(user: User, asked: LessonRequest) -> dict[str, str]:
    student = asked.student.user
    return zones_for(user, asked.teacher.time_zone, student.time_zone if student else "")


def _channels(user: User) -> dict[str, str]:
    return {"channel": CALENDAR if user.sees_all else "", "event": "" if user.sees_all else LESSONS}
