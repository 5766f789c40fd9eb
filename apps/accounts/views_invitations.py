"""Who was invited, with what came of it; inviting by address, sending again, revoking."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import invitations, policies, sendings
from apps.accounts.forms_invitations import InviteForm
from apps.accounts.listing_invitations import InvitationList
from apps.accounts.models import Invitation, User
from apps.accounts.outcomes import Outcome, Result
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.core.addresses import site
from apps.core.htmx import render_part, wants_fragment
from apps.core.listing import render_list


@require_safe
def invitation_list(request: HttpRequest) -> HttpResponse:
    """The invitations that one may see, newest first; everything about the view of them is in the URL."""
    user = signed_in(request)
    if not policies.can_list_invitations(user):
        raise Http404
    listing = InvitationList(user, request.GET)
    may_invite, waiting = bool(policies.roles_to_invite(user)), sendings.open_ones(user)
    return render_list(request, listing, "accounts/invitation_list.html", may_invite=may_invite, sendings=waiting)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invite the people with these addresses, above the list; without script, on a page of its own."""
    user = signed_in(request)
    if not policies.roles_to_invite(user):
        raise Http404
    form = InviteForm(user, request.POST if request.method == "POST" else None)
    outcomes: list[Outcome] = []
    if form.is_valid():
        role, guests = form.cleaned_data["role"], form.cleaned_data["addresses"]
        if role not in policies.LED:
            ask_again(request, resend=True)
        try:
            outcomes = invitations.invite(user, role, guests, site())
        except ValidationError as error:
            form.add_error(None, error)
    status = 422 if form.is_bound and not outcomes else 200
    context = {"form": _for_the_rest(user, form, outcomes) if outcomes else form, **report(user, outcomes)}
    response = render_part(request, "accounts/invitation_create.html", "accounts/_invite.html", context, status)
    if outcomes:
        response.headers["HX-Trigger"] = "invitations-changed"
    return response


def _for_the_rest(user: User, form: InviteForm, outcomes: list[Outcome]) -> InviteForm:
    """The form once more, with what has to be put right in it."""
    wrong = {Result.INVALID, Result.NOBODY}
    rest = InviteForm(user)
    rest.initial["role"] = form.cleaned_data["role"]
    rest.initial["addresses"] = "\n".join(outcome.guest.email for outcome in outcomes if outcome.result in wrong)
    return rest


def report(user: User, outcomes: list[Outcome]) -> dict[str, object]:
    """What a page needs to say what came of inviting several people: how many were, and for each of the others why not.

    `at_once` counts those whose mail doesn't wait; `others` has with each outcome whether its invitation may be sent
    again by this person; `sendings` is what can still be stopped.
    """
    others = [outcome for outcome in outcomes if not outcome.invited]
    again = [(each, bool(each.invitation and policies.can_manage_invitation(user, each.invitation))) for each in others]
    invited = [outcome.invitation for outcome in outcomes if outcome.invited and outcome.invitation]
    at_once = sum(invitation.sending is None for invitation in invited)
    waiting = sendings.open_ones(user)
    return {"outcomes": outcomes, "invited": invited, "at_once": at_once, "others": again, "sendings": waiting}


def _change(request: HttpRequest, pk: int, action: Callable[[User, Invitation], Invitation], done: str) -> HttpResponse:
    """One invitation after a change, or with the reason why it wasn't made."""
    user = signed_in(request)
    visible = Invitation.objects.visible_to(user).select_related("invited_by")
    invitation, said, refused = get_object_or_404(visible, pk=pk), done, ""
    if not policies.can_manage_invitation(user, invitation):
        raise PermissionDenied("This invitation is for an admin to change.")
    try:
        action(user, invitation)
    except ValidationError as error:
        said, refused = "", error.messages[0]
    if not wants_fragment(request):
        messages.add_message(request, messages.ERROR if refused else messages.SUCCESS, refused or said)
        return redirect("accounts:invitation_list")
    context = {"invitation": visible.get(pk=pk), "may_manage": True, "said": said, "refused": refused}
    part = "accounts/_invitation_said.html" if "brief" in request.GET else "accounts/_invitation_row.html"
    return render(request, part, context, status=409 if refused else 200)


@require_POST
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one again."""

    def resend(user: User, invitation: Invitation) -> Invitation:
        if invitation.role not in policies.LED:
            ask_again(request)
        return invitations.resend(user, invitation, site())

    return _change(request, pk, resend, "Sent again.")


@require_POST
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End one."""
    return _change(request, pk, invitations.revoke, "Revoked.")
