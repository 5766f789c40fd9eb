"""Who is in a community: the list, who moderates it, and leaving and returning oneself."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.people import signed_in
from apps.community import actions, live, policies
from apps.community.lookups import community_of
from apps.community.members import MemberList, people_of, record_of
from apps.community.models import Community, MembershipRole, ModerationNote
from apps.community.pages import render_community
from apps.core.limits import limited
from apps.core.listing import render_list
from apps.courses.pages import tabs


@require_safe
def member_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reads a community, by role."""
    community = community_of(request, pk)
    user = signed_in(request)
    context: dict[str, Any] = {
        "community": community,
        "course": community.course,
        "channel": live.channel(community.pk),
        "tabs": tabs(request, community.course),
        "may_join": policies.may_join(user),
        "may_write": policies.may_write(user, community),
        "may_moderate": policies.may_moderate(user, community),
    }
    return render_list(request, MemberList(user, community, request.GET), "community/member_list.html", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("posts", "POST")
def member_detail(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """One member for moderators: what they noted and have decided; POST `note` notes something more.

    POST `reports` (stop or allow) takes from them the right to report posts, or gives it back.
    """
    user, community = signed_in(request), community_of(request, pk)
    person = get_object_or_404(people_of(community).exclude(pk=user.pk), pk=user_pk)
    if not policies.may_moderate(user, community):
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            if "reports" in request.POST:
                actions.allow_reports(user, community, person, allowed=request.POST["reports"] == "allow")
            else:
                actions.add_note(user, community, person, request.POST.get("note", ""))
        except ValidationError as refused:
            error = refused.messages[0]
        else:
            return redirect("community:member_detail", pk, user_pk)
    notes = ModerationNote.objects.visible_to(user).filter(community=community, person=person).select_related("author")
    context: dict[str, Any] = {"person": person, "notes": notes, "record": record_of(community, person), "error": error}
    context["stopped"] = policies.is_stopped(person, community)
    page, status = "community/member_detail.html", 422 if error else 200
    return render_community(request, community, page, status=status, **context)


@require_POST
@limited("posts")
def role(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    """POST makes a member a moderator (`role`), or a member again; for the community's instructors."""
    user, community = signed_in(request), community_of(request, pk)
    if not policies.may_instruct(user, community):
        raise Http404
    person = get_object_or_404(community.readers(), pk=user_pk)
    try:
        chosen = actions.appoint(user, community, person, request.POST.get("role", "")).role
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        does = "moderates now" if chosen == MembershipRole.MODERATOR else "no longer moderates"
        messages.success(request, f"{person.full_name} {does}.")
    return redirect("community:member_list", pk)


@require_http_methods(["PUT", "POST", "DELETE"])
@limited("posts")
def membership(request: HttpRequest, pk: int) -> HttpResponse:
    """PUT (or POST) returns to a community that one has left, DELETE (or POST with `leave`) leaves it."""
    user, community = signed_in(request), community_of(request, pk)
    if request.method == "DELETE" or "leave" in request.POST:
        actions.leave(user, community)
        said = f"You left {community.name}. You can still read it, and hear of nothing in it."
    else:
        actions.join(user, community)
        said = f"You are back in {community.name}."
    if request.method != "POST":
        return HttpResponse(status=204)
    messages.success(request, said)
    return redirect(_page_before(request, community))


def _page_before(request: HttpRequest, community: Community) -> str:
    """Where the form was."""
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return before
    return community.get_absolute_url()
