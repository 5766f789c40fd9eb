"""The bell: how much is unread, what it is, and where that leads."""

from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.people import signed_in
from apps.core.htmx import wants_fragment
from apps.core.listing import render_list
from apps.notifications import actions, notification_types
from apps.notifications.forms import ReadingForm
from apps.notifications.listing import NotificationList, panel_of, unread_count
from apps.notifications.models import Notification
from apps.notifications.writing import find


@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """All of them, filtered by `kind` and `state`, in pages; for htmx (`part=panel`) the newest, grouped."""
    user = signed_in(request)
    if wants_fragment(request) and request.GET.get("part") == "panel":
        return render(request, "notifications/_panel.html", {"panel": panel_of(user)})
    return render_list(request, NotificationList(user, request.GET), "notifications/notification_list.html")


@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """How many are unread; nothing where none is."""
    return HttpResponse(str(unread_count(signed_in(request)) or ""), content_type="text/plain")


@require_safe
def notification_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a notification leads. What is gone, or no longer theirs to see, is said kindly.

    A GET may be a browser's that fetches ahead: the page it leads to is told of `notice`, and has it read by a POST.
    """
    user = signed_in(request)
    notice = Notification.objects.visible_to(user).filter(pk=pk).first()
    about = find(user, [notice]).get(pk) if notice and notification_types.known(notice.kind) else None
    if about is None:
        messages.info(request, "That isn't there any more, or no longer open to you.")
        return redirect("notifications:notification_list")
    return redirect(_telling(about.url, pk))


def _telling(url: str, notice: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, f"notice={notice}")))))


@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Have one line read, and all that it stands for; a page that it led to (`part=page`) shows nothing of it."""
    user = signed_in(request)
    actions.mark_group_read(user, get_object_or_404(Notification.objects.visible_to(user), pk=pk))
    return HttpResponse(status=204) if request.POST.get("part") == "page" else _after(request)


@require_POST
def drop_gone(request: HttpRequest) -> HttpResponse:
    """Delete those of these that are gone; the page that showed the list found them."""
    asked = {int(pk) for pk in request.POST.getlist("notice") if pk.isascii() and pk.isdigit() and len(pk) < 19}
    actions.drop_gone(signed_in(request), asked)
    return HttpResponse(status=204)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Have all read that was shown: up to the id `upto`."""
    form = ReadingForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("upto is the number of a notification")
    actions.mark_all_read(signed_in(request), form.cleaned_data["upto"])
    return _after(request)


def _after(request: HttpRequest) -> HttpResponse:
    """What was asked from: the panel, or the list as it is filtered."""
    user = signed_in(request)
    if not wants_fragment(request):
        return redirect("notifications:notification_list")
    if request.POST.get("part") == "panel":
        return render(request, "notifications/_panel.html", {"panel": panel_of(user)})
    return render_list(request, NotificationList(user, request.POST), "notifications/notification_list.html")
