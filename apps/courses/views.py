"""Batches: the list, a new one, and the page where one is seen and changed. What a person may not see is not found."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.people import signed_in
from apps.core.editing import EditConflict
from apps.core.htmx import wants_fragment
from apps.core.listing import render_list
from apps.courses import actions, policies
from apps.courses.batch_parts import parts
from apps.courses.forms import BatchForm
from apps.courses.listing import BatchList
from apps.courses.models import Batch, Course
from apps.courses.roster import Roster


@require_safe
def batch_list(request: HttpRequest) -> HttpResponse:
    """The batches that this person may see; `?status=` leaves those that are running, upcoming or ended."""
    user = signed_in(request)
    if not policies.can_list(user):
        raise Http404
    listing = BatchList(user, request.GET)
    return render_list(request, listing, "courses/batch_list.html", may_add=policies.can_add(user))


@require_http_methods(["GET", "HEAD", "POST"])
def batch_create(request: HttpRequest) -> HttpResponse:
    """A new batch; then its own page, where students are added."""
    user = signed_in(request)
    if not policies.can_add(user):
        raise Http404
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = actions.create_batch(user, form.save(commit=False))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{batch} was created. Now add its students.")
            return redirect(batch)
    context = {"form": form, "no_course": not Course.objects.exists()}
    return render(request, "courses/batch_create.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def batch_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: what it is, and who is in it. POST saves what it is; its teacher reads all but the fee."""
    user = signed_in(request)
    batch = get_object_or_404(Batch.objects.visible_to(user).select_related("course", "teacher"), pk=pk)
    if request.method == "POST":
        return _save(request, batch)
    form = BatchForm(instance=copy(batch)) if policies.can_edit(user, batch) else None
    return _page(request, batch, form)


def _save(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Answer htmx with the card, the errors at their fields; without script, with the page."""
    user = signed_in(request)
    if not policies.can_edit(user, batch):
        raise PermissionDenied("You can't change this batch.")
    form, status = BatchForm(request.POST, instance=copy(batch)), 422
    if form.is_valid():
        try:
            batch = actions.update_batch(user, batch, form.changes, form.seen)
        except EditConflict as conflict:
            form.explain_conflict(conflict)
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
    if not form.is_valid():
        return _page(request, batch, form, status=status)
    if wants_fragment(request):
        return _page(request, batch, BatchForm(instance=copy(batch)), saved=True)
    messages.success(request, "Saved.")
    return redirect(batch)


def _page(
    request: HttpRequest, batch: Batch, form: BatchForm | None, saved: bool = False, status: int = 200
) -> HttpResponse:
    """The card for htmx, which asks with POST alone; else the whole page, with what `?q=` finds."""
    context = {"batch": batch, "form": form, "saved": saved, "parts": parts(batch)}
    if request.method == "POST" and wants_fragment(request):
        return render(request, "courses/_details_answer.html", context, status=status)
    roster = Roster(signed_in(request), batch, request.GET)
    return render(request, "courses/batch_edit.html", context | {"roster": roster}, status=status)
