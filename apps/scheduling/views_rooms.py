"""Rooms: listed, added, changed by staff."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.core.editing import EditConflict
from apps.core.limits import limited
from apps.scheduling import actions, policies
from apps.scheduling.forms import RoomForm, add_errors
from apps.scheduling.models import Room


@require_safe
def room_list(request: HttpRequest) -> HttpResponse:
    """All rooms, those in use first."""
    user = signed_in(request)
    if not policies.may_keep_rooms(user):
        raise Http404
    rooms = Room.objects.visible_to(user).order_by("-is_open", "name", "pk")
    return render(request, "scheduling/room_list.html", {"rooms": rooms})


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def room_create(request: HttpRequest) -> HttpResponse:
    """A form for a new room; POST adds it."""
    return _edit(request, Room())


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def room_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for a room; POST changes it."""
    return _edit(request, get_object_or_404(Room.objects.visible_to(signed_in(request)), pk=pk))


def _edit(request: HttpRequest, room: Room) -> HttpResponse:
    user = signed_in(request)
    if not policies.may_keep_rooms(user):
        raise Http404
    form, status = RoomForm(request.POST if request.method == "POST" else None, instance=copy(room)), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                actions.save_room(user, room, form.changes if room.pk else form.cleaned_data, form.seen)
            except EditConflict as conflict:
                form.explain_conflict(conflict)
                status = 409
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "Saved.")
                return redirect("scheduling:room_list")
    return render(request, "scheduling/room_edit.html", {"form": form, "room": room}, status=status)
