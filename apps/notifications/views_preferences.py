"""What people want to be told of, by which way, and when."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment
from apps.notifications import actions, notification_types
from apps.notifications import preferences as chosen
from apps.notifications.forms import ScheduleForm
from apps.notifications.models import Way
from apps.notifications.writing import read_token

TABLE, SCHEDULE = "notifications/_preferences_table.html", "notifications/_preferences_schedule.html"


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The table of kinds by ways, quiet hours and the digest; POST saves one `section`: `ways` or `schedule`."""
    user = signed_in(request)
    if request.method != "POST":
        return _page(request, user)
    match request.POST.get("section"):
        case "ways":
            return _save_ways(request, user)
        case "schedule":
            return _save_schedule(request, user)
    raise Http404


def _save_ways(request: HttpRequest, user: User) -> HttpResponse:
    try:
        actions.choose(user, _wanted(request, user))
    except ValidationError as error:
        return _show(request, user, TABLE, status=422, refusal=error.messages[0])
    return _saved(request, user, TABLE)


def _wanted(request: HttpRequest, user: User) -> dict[tuple[str, str], bool]:
    """What is ticked (`way=message.email`), and with that what isn't; raises ValidationError for what is no choice."""
    ticked = set()
    for text in request.POST.getlist("way"):
        kind, _, way = text.partition(".")
        if not chosen.is_offered(kind, way):
            raise ValidationError("There is no such notification to choose: nothing was changed. Load the page again.")
        ticked.add((kind, way))
    every = ((kind.name, way) for kind in notification_types.of(user) for way in Way.values)
    return {cell: cell in ticked for cell in every if chosen.is_offered(*cell)}


def _save_schedule(request: HttpRequest, user: User) -> HttpResponse:
    form = ScheduleForm(chosen.schedule_of(user), request.POST)
    if not form.is_valid():
        return _show(request, user, SCHEDULE, status=422, form=form)
    actions.set_schedule(user, **form.cleaned_data)
    return _saved(request, user, SCHEDULE)


def _saved(request: HttpRequest, user: User, part: str) -> HttpResponse:
    if wants_fragment(request):
        return _show(request, user, part, saved=True)
    messages.success(request, "Saved.")
    return redirect("notifications:preferences")


def _show(request: HttpRequest, user: User, part: str, status: int = 200, **more: Any) -> HttpResponse:
    """One section, or the whole page where no script puts a section in its place."""
    if not wants_fragment(request):
        return _page(request, user, status, **more)
    return render(request, part, _context(user, **more), status=status)


def _page(request: HttpRequest, user: User, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "notifications/preferences.html", _context(user, **more), status=status)


def _context(user: User, **more: Any) -> dict[str, Any]:
    has = chosen.table(user)
    rows = [(kind, [_cell(kind, way, has[kind.name]) for way in Way]) for kind in notification_types.of(user)]
    return {"rows": rows, "ways": list(Way), "form": ScheduleForm(chosen.schedule_of(user)), **more}


def _cell(kind: notification_types.NotificationType, way: Way, has: frozenset[str]) -> tuple[Way, bool, bool, bool]:
    """A way of a kind: is it on, can one choose, is it always on?"""
    return way, way in has, chosen.is_offered(kind.name, way), way in kind.always


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn off what a mail was about: POST does it (RFC 8058: from a mail program, signed in nowhere); GET asks.

    The link itself is the right to do it, so there is neither a login nor a CSRF token: nobody else can guess it, and
    all it can do is turn a mail off.
    """
    try:
        pk, way, names = read_token(token)
    except signing.SignatureExpired:
        return render(request, "notifications/unsubscribe.html", {"ended": True}, status=410)
    except signing.BadSignature:
        return render(request, "notifications/unsubscribe.html", {"gone": True}, status=404)
    user = User.objects.filter(pk=pk).first()
    if user is None:
        return render(request, "notifications/unsubscribe.html", {"gone": True}, status=404)
    about = [notification_types.get(name) for name in names if notification_types.known(name)]
    done = request.method == "POST"
    if done:
        actions.unsubscribe(user, way, names)
    context = {"kinds": about, "digest": way == Way.DIGEST, "done": done}
    return render(request, "notifications/unsubscribe.html", context)
