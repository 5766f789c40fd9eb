"""What staff set up for support: when it is open, and what they work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.academy_calendar import academy_now
from apps.support import actions, hours, policies, variables
from apps.support.forms_settings import CannedAnswerForm, LabelForm, SpecialDayForm, TopicForm, WeekForm
from apps.support.models import CannedAnswer, Label, SpecialDay, Topic


@dataclass(frozen=True)
class Shelf:
    """One kind of things that staff keep for support; `name` stands in its address."""

    name: str
    title: str
    new: str
    icon: str
    empty: str
    form: type[ModelForm[Any]]
    rows: Callable[[User], QuerySet[Any]]
    save: Callable[[User, Any], object]


def _save_day(user: User, form: Any) -> None:
    actions.save_day(user, form.save(commit=False), form.cleaned_data["hours"])


def _save_sorting(user: User, form: Any) -> None:
    actions.save_sorting(user, form.save(commit=False))


def _save_answer(user: User, form: Any) -> None:
    actions.save_answer(user, form.save(commit=False))


SHELVES = {
    shelf.name: shelf
    for shelf in (
        Shelf(
            "days",
            "Special days",
            "Add a day",
            "calendar",
            "No special days yet. Closures and half days replace the hours of their weekday.",
            SpecialDayForm,
            lambda _: SpecialDay.objects.filter(date__gte=academy_now().date()).prefetch_related("hours"),
            _save_day,
        ),
        Shelf(
            "answers",
            "Canned answers",
            "Write an answer",
            "message-square",
            "No canned answers yet. Write once what you explain every day; “/” in a ticket finds it.",
            CannedAnswerForm,
            lambda user: CannedAnswer.objects.visible_to(user),
            _save_answer,
        ),
        Shelf(
            "topics",
            "Topics",
            "Add a topic",
            "messages-square",
            "No topics yet. People choose one when they ask: fees, lessons, their account.",
            TopicForm,
            lambda _: Topic.objects.all(),
            _save_sorting,
        ),
        Shelf(
            "labels",
            "Labels",
            "Add a label",
            "pin",
            "No labels yet. Only staff see them: a word that finds tickets again.",
            LabelForm,
            lambda _: Label.objects.all(),
            _save_sorting,
        ),
    )
}


def _answerer(request: HttpRequest) -> User:
    """Whoever answers tickets; for everybody else nothing is here."""
    user = signed_in(request)
    if not policies.can_answer(user):
        raise Http404
    return user


def _shelf(name: str) -> Shelf:
    if name not in SHELVES:
        raise Http404
    return SHELVES[name]


@require_http_methods(["GET", "HEAD", "POST"])
def hours_edit(request: HttpRequest) -> HttpResponse:
    """The hours of each weekday."""
    user = _answerer(request)
    form = WeekForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_hours(user, form.week())
        messages.success(request, "Saved.")
        return redirect("support:hours_edit")
    now, opening = academy_now(), hours.opening_hours()
    context = {"form": form, "shelves": SHELVES.values(), "academy_time": f"{now:%H:%M}", "open": opening.is_open(now)}
    context |= {"opens": opening.next_opening(now), "closes": opening.closes_at(now)}
    return render(request, "support/settings/hours.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def setting_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The things of one kind; POST adds one."""
    user, shelf = _answerer(request), _shelf(kind)
    form = shelf.form(request.POST or None, user=user)  # type: ignore[call-arg]
    if request.method == "POST" and form.is_valid():
        shelf.save(user, form)
        messages.success(request, "Added.")
        return redirect("support:setting_list", kind)
    return _page(request, "support/settings/list.html", shelf, form, rows=shelf.rows(user))


@require_http_methods(["GET", "HEAD", "POST"])
def setting_edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change one of them."""
    user, shelf = _answerer(request), _shelf(kind)
    thing = get_object_or_404(shelf.rows(user), pk=pk)
    name = str(thing)
    form = shelf.form(request.POST or None, instance=thing, user=user)  # type: ignore[call-arg]
    if request.method == "POST" and form.is_valid():
        shelf.save(user, form)
        messages.success(request, "Saved.")
        return redirect("support:setting_list", kind)
    return _page(request, "support/settings/edit.html", shelf, form, thing=thing, name=name)


@require_POST
def setting_removal(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take one of them away."""
    user, shelf = _answerer(request), _shelf(kind)
    actions.remove(user, get_object_or_404(shelf.rows(user), pk=pk))
    messages.success(request, "Removed.")
    return redirect("support:setting_list", kind)


def _page(request: HttpRequest, page: str, shelf: Shelf, form: ModelForm[Any], **context: Any) -> HttpResponse:
    context |= {"form": form, "shelf": shelf, "shelves": SHELVES.values(), "variables": variables.known()}
    return render(request, page, context, status=422 if form.is_bound else 200)
