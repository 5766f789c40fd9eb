"""What staff set up for support: when it is open, and what they work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.academy_calendar import academy_now
from apps.core.editing import EditConflict
from apps.support import actions, hours, policies, public_holidays, variables
from apps.support.forms_settings import CannedAnswerForm, LabelForm, SettingForm, SpecialDayForm, TopicForm, WeekForm
from apps.support.models import CannedAnswer, Label, SpecialDay, Topic


@dataclass(frozen=True)
class Shelf:
    """One kind of things that staff keep for support; `name` stands in its address."""

    name: str
    title: str
    new: str
    icon: str
    empty: str
    form: type[SettingForm[Any]]
    rows: Callable[[User], QuerySet[Any]]
    save: Callable[..., object]


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
            actions.save_day,
        ),
        Shelf(
            "answers",
            "Canned answers",
            "Write an answer",
            "message-square",
            "No canned answers yet. Write once what you explain every day; “/” in a ticket finds it.",
            CannedAnswerForm,
            lambda user: CannedAnswer.objects.visible_to(user),
            actions.save_answer,
        ),
        Shelf(
            "topics",
            "Topics",
            "Add a topic",
            "messages-square",
            "No topics yet. People choose one when they ask: fees, lessons, their account.",
            TopicForm,
            lambda _: Topic.objects.all(),
            actions.save_sorting,
        ),
        Shelf(
            "labels",
            "Labels",
            "Add a label",
            "pin",
            "No labels yet. Only staff see them: a word that finds tickets again.",
            LabelForm,
            lambda _: Label.objects.all(),
            actions.save_sorting,
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
    form, status = WeekForm(request.POST or None), 200
    if request.method == "POST":
        status = _set_hours(user, form)
        if status == 200:
            messages.success(request, "Saved.")
            return redirect("support:hours_edit")
    now, opening = academy_now(), hours.opening_hours()
    context = {"form": form, "shelves": SHELVES.values(), "academy_time": f"{now:%H:%M}", "open": opening.is_open(now)}
    context |= {"opens": opening.next_opening(now), "closes": opening.closes_at(now)}
    return render(request, "support/settings/hours.html", context, status=status)


def _set_hours(user: User, form: WeekForm) -> int:
    """Keep them, or say in the form why not."""
    if not form.is_valid():
        return 422
    try:
        actions.set_hours(user, form.week(), form.seen())
    except EditConflict as conflict:
        form.explain_conflict(conflict)
        return 409
    return 200


@require_http_methods(["GET", "HEAD", "POST"])
def setting_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The things of one kind; POST adds one."""
    user, shelf = _answerer(request), _shelf(kind)
    form, status = shelf.form(request.POST or None, user=user), 200
    if request.method == "POST" and (status := _save(user, shelf, form)) == 200:
        messages.success(request, "Added.")
        return redirect("support:setting_list", kind)
    proposed = public_holidays.proposed() if kind == "days" else []
    return _page(request, "support/settings/list.html", shelf, form, status, rows=shelf.rows(user), holidays=proposed)


@require_POST
def holiday_create(request: HttpRequest) -> HttpResponse:
    """Have support closed on those of the proposed public holidays whose days (`date`) are ticked."""
    user, ticked = _answerer(request), set(request.POST.getlist("date"))
    chosen = [each for each in public_holidays.proposed() if each.date.isoformat() in ticked]
    added = actions.close_on(user, chosen)
    said = f"Support is closed on {added} more day{'' if added == 1 else 's'}." if added else "Tick a day first."
    (messages.success if added else messages.error)(request, said)
    return redirect("support:setting_list", "days")


def _save(user: User, shelf: Shelf, form: SettingForm[Any]) -> int:
    """Keep what the form holds, or say in it why not."""
    if not form.is_valid():
        return 422
    try:
        shelf.save(user, form.instance, form.kept, form.seen)
    except EditConflict as conflict:
        form.explain_conflict(conflict)
        return 409
    except ValidationError as error:
        form.add_error(None, error)
        return 422
    return 200


@require_http_methods(["GET", "HEAD", "POST"])
def setting_edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change one of them."""
    user, shelf = _answerer(request), _shelf(kind)
    thing = get_object_or_404(shelf.rows(user), pk=pk)
    name = str(thing)
    form, status = shelf.form(request.POST or None, instance=thing, user=user), 200
    if request.method == "POST" and (status := _save(user, shelf, form)) == 200:
        messages.success(request, "Saved.")
        return redirect("support:setting_list", kind)
    return _page(request, "support/settings/edit.html", shelf, form, status, thing=thing, name=name)


@require_POST
def setting_removal(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take one of them away."""
    user, shelf = _answerer(request), _shelf(kind)
    actions.remove(user, get_object_or_404(shelf.rows(user), pk=pk))
    messages.success(request, "Removed.")
    return redirect("support:setting_list", kind)


def _page(
    request: HttpRequest, page: str, shelf: Shelf, form: SettingForm[Any], status: int, **context: Any
) -> HttpResponse:
    context |= {"form": form, "shelf": shelf, "shelves": SHELVES.values(), "variables": variables.known()}
    return render(request, page, context, status=status)
