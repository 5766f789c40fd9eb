"""Where the link of an invitation leads: a page that makes the account.

The token goes from the address into the session at once, so that neither the browser's history nor a page that is
visited from here learns it. To look at the link uses nothing up: programs that read mail look at every link in it.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import invitations
from apps.accounts.forms_invitations import JoinForm
from apps.accounts.mfa_adapter import can_have_passkeys
from apps.accounts.models import User

KEY = "invitation"


@login_not_required
@never_cache
@require_safe
def join_token(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address."""
    try:
        invitations.find(token)
    except invitations.Gone:
        return _gone(request)
    request.session[KEY] = token
    return redirect("accounts:join")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make the account: a name, and a password or a passkey."""
    token = request.session.get(KEY, "")
    try:
        invitation = invitations.find(token)
        if request.user.is_authenticated:
            return render(request, "accounts/join_switch.html", {"invitation": invitation})
        if reason := invitations.obstacle(invitation):
            return render(request, "accounts/join_obstacle.html", {"reason": reason}, status=409)
        passkeys = can_have_passkeys(request)
        form = JoinForm(invitation, request.POST if request.method == "POST" else None, passkeys=passkeys)
        if form.is_valid():
            return _enter(request, invitations.accept(token, form.newcomer), form)
    except invitations.Gone:
        return _gone(request)
    except ValidationError as error:
        return render(request, "accounts/join_obstacle.html", {"reason": error.messages[0]}, status=409)
    context = {"form": form, "invitation": invitation, "passkeys": passkeys}
    return render(request, "accounts/join.html", context, status=422 if form.is_bound else 200)


def _enter(request: HttpRequest, user: User, form: JoinForm) -> HttpResponse:
    """Sign in as anybody does, second factor and all; who wants a passkey is led to make one."""
    request.session.pop(KEY, None)
    method = "invitation" if form.by_passkey else "password"
    record_authentication(request, user, method=method, email=user.email)
    home = reverse("dashboard:home")
    leads_to = f"{reverse('mfa_add_webauthn')}?next={home}" if form.by_passkey else home
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email, redirect_url=leads_to))
    return response


@login_not_required
@require_POST
def join_leave(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in here signs out, and the invitation stays."""
    token = request.session.get(KEY)
    if request.user.is_authenticated:
        get_adapter().logout(request)
    if token:
        request.session[KEY] = token
    return redirect("accounts:join")


def _gone(request: HttpRequest) -> HttpResponse:
    """One page for a link that is wrong, expired, revoked or used: it tells nobody which."""
    return render(request, "accounts/join_gone.html", status=404)
