"""The settings of a community, for its instructors."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.forms_settings import CommunityForm
from apps.community.lookups import community_of
from apps.community.models import Community
from apps.community.pages import render_community
from apps.core import markdown
from apps.core.editing import EditConflict
from apps.core.htmx import wants_fragment
from apps.core.limits import limited
from apps.files.kinds import PICTURES
from apps.files.uploads import sent_file, status_of


def instructed(request: HttpRequest, pk: int) -> Community:
    """The community of a course, for those who set it up."""
    community = community_of(request, pk)
    if not policies.may_instruct(signed_in(request), community):
        raise Http404
    return community


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def community_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Title, description, who reads it and whose posts wait; POST saves, with `preview` it shows the description."""
    user, community = signed_in(request), instructed(request, pk)
    form = CommunityForm(request.POST or None, instance=copy(community))
    if request.method != "POST" or "preview" in request.POST:
        return _show(request, community, form)
    status = 422
    if form.is_valid():
        try:
            actions.update_community(user, community, form.changes, form.seen)
        except EditConflict as conflict:
            form.explain_conflict(conflict)
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
    if not form.is_valid():
        return _show(request, community, form, status)
    messages.success(request, "Saved.")
    return redirect("community:community_edit", pk)


@require_POST
@limited("uploads")
def banner_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """POST a picture as `banner`; with `remove` it goes."""
    community, status, error = instructed(request, pk), 200, ""
    try:
        picture = None if "remove" in request.POST else sent_file(request, "banner", kinds=PICTURES)
        community = actions.set_banner(signed_in(request), community, picture)
    except ValidationError as problem:
        status, error = status_of(problem), problem.messages[0]
    if wants_fragment(request):
        context = {"community": community, "course": community.course, "banner_error": error, "pictures": PICTURES}
        return render(request, "community/_banner_form.html", context, status=status)
    if error:
        return _show(request, community, CommunityForm(instance=copy(community)), status, banner_error=error)
    messages.success(request, "Saved.")
    return redirect("community:community_edit", pk)


def _show(
    request: HttpRequest, community: Community, form: CommunityForm, status: int = 200, **said: str
) -> HttpResponse:
    previewed = "preview" in request.POST
    shown = markdown.read(str(form["description"].value() or ""), top=3) if previewed else None
    context: dict[str, Any] = {"form": form, "shown": shown, "pictures": PICTURES} | said
    return render_community(request, community, "community/community_edit.html", status=status, **context)
