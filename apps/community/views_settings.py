"""The settings of a community, for its instructors."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.people import signed_in
from apps.community import actions, policies
from apps.community.forms_settings import CommunityForm
from apps.community.lookups import community_of
from apps.community.models import Community
from apps.community.pages import render_community
from apps.core import markdown
from apps.core.editing import EditConflict
from apps.core.limits import limited


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def community_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Title, description, who reads it and whose posts wait; POST saves, with `preview` it shows the description."""
    user, community = signed_in(request), community_of(request, pk)
    if not policies.may_instruct(user, community):
        raise Http404
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


def _show(request: HttpRequest, community: Community, form: CommunityForm, status: int = 200) -> HttpResponse:
    previewed = "preview" in request.POST
    shown = markdown.read(str(form["description"].value() or ""), top=3) if previewed else None
    return render_community(request, community, "community/community_edit.html", status=status, form=form, shown=shown)
