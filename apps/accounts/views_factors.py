"""Second factors: allauth's steps, on our pages and in our audit."""

import json
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.mixins import NextRedirectMixin
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from limits import RateLimitItemPerMinute

from apps.accounts import audit, factors
from apps.accounts.forms_factors import (
    AddAppForm,
    AddPasskeyForm,
    ConfirmCodeForm,
    ConfirmPasskeyForm,
    PasskeyAloneForm,
    RenamePasskeyForm,
    SignInCodeForm,
    SignInPasskeyForm,
)
from apps.accounts.mfa_adapter import can_have_passkeys
from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.accounts.views_reauthentication import GoesOn
from apps.core import limits
from apps.core.addresses import client_address

# Of one address, behind which a school may sit that comes back from the holidays.
CHALLENGES = RateLimitItemPerMinute(1200)
CHALLENGE_SECONDS = 3600


@require_safe
def factor_list(request: HttpRequest) -> HttpResponse:
    """What one signs in with."""
    user = signed_in(request)
    context = {
        "factors": factors.factors_of(user),
        "asked_by_mail": factors.asked_by_mail(user),
        "has_password": user.has_usable_password(),
    }
    return render(request, "mfa/index.html", context)


def options_of(context: dict[str, Any]) -> str:
    """What passkey.js asks the browser for, as JSON."""
    (options,) = context["js_data"].values()
    return json.dumps(options["publicKey"], cls=DjangoJSONEncoder)


def tell_of_code(request: HttpRequest, form: Any) -> None:
    """A recovery code was used: keep it, and send a mail, since who finds the codes finds the way in."""
    used = getattr(form, "authenticator", None)
    if not used or used.type != factors.CODES:
        return
    left = factors.factors_of(form.user).codes_left
    audit.record(form.user, "factor.code-used", form.user, left=left)
    prefix = "mfa/email/recovery_code_used"
    get_adapter(request).send_notification_mail(prefix, form.user, {"left": left}, email=form.user.email)


class SignIn(base.AuthenticateView):  # type: ignore[misc]
    """After the password: a code of the app, a recovery code, or a passkey."""

    form_class = SignInCodeForm
    webauthn_form_class = SignInPasskeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on."""
        tell_of_code(self.request, form)
        response: HttpResponse = super().form_valid(form)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the factors that this person has."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"factors": factors.factors_of(self.stage.login.user), "options": options_of(context)}


class PasskeyAlone(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    """Instead of the password."""

    form_class = PasskeyAloneForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A challenge, for script; anybody may ask, so that it is kept for a short while, and is not for flooding."""
        if limits.counts().take(CHALLENGES, "challenge", limits.house(client_address(request))):
            return HttpResponse(status=429)
        answer: HttpResponse = super().get(request, *args, **kwargs)
        if not request.user.is_authenticated and request.session.modified:
            request.session.set_expiry(CHALLENGE_SECONDS)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say why on the login page, which keeps where one was going."""
        super().form_invalid(form)
        return redirect(passthrough_next_redirect_url(self.request, reverse("account_login"), "next"))


class Confirm(GoesOn, base.ReauthenticateView):  # type: ignore[misc]
    """Before a change: a code."""

    form_class = ConfirmCodeForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on with the change."""
        tell_of_code(self.request, form)
        response: HttpResponse = super().form_valid(form)
        return response


class _WithOptions:
    """A form with a passkey in it: what the browser is asked for, and what was wrong, on one page."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form that was sent, which allauth would check once more."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = kwargs.get("form") or context["form"]
        return context | {"form": form, "options": options_of(context), "possible": can_have_passkeys(self.request)}

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say why, with another try."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined]
        return answer


class ConfirmPasskey(GoesOn, _WithOptions, webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Before a change: a passkey."""

    form_class = ConfirmPasskeyForm


class AddPasskey(_WithOptions, NextRedirectMixin, webauthn.AddWebAuthnView):  # type: ignore[misc]
    """Another passkey; for a new account without a password the first and only way in (`?next=` leads on)."""

    form_class = AddPasskeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it."""
        user = signed_in(self.request)
        with factors.recorded(user, user) as before:
            answer: HttpResponse = super().form_valid(form)
        if not before.any and not user.has_usable_password():
            # Nothing could confirm that it is them until now; the recovery codes come next.
            record_authentication(self.request, user, "mfa", type=factors.PASSKEY.value, reauthenticated=True)
        return answer

    def get_success_url(self) -> str:
        """To the recovery codes that came with the first factor, and from there to `next`."""
        leads_to: str = self.get_next_url() or reverse("mfa_index")
        if self.did_generate_recovery_codes:
            return f"{reverse('mfa_view_recovery_codes')}?{urlencode({'next': leads_to})}"
        return leads_to

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who has no password yet sees a page of the entrance, with the way to one."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"new": not signed_in(self.request).has_usable_password()}


class RenamePasskey(webauthn.EditWebAuthnView):  # type: ignore[misc]
    """Another name."""

    form_class = RenamePasskeyForm
    success_url = reverse_lazy("mfa_index")


class RemovePasskey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    """One passkey less, unless it is the only way in."""

    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away, and with the last factor the recovery codes."""
        user = signed_in(self.request)
        with factors.recorded(user, user) as before:
            if only_way_in(user, before):
                refused: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=409)
                return refused
            answer: HttpResponse = super().form_valid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What follows from it."""
        user = signed_in(self.request)
        held = factors.factors_of(user)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | falls_back(user, held) | {"only_way_in": only_way_in(user, held)}


def only_way_in(user: User, held: factors.Factors) -> bool:
    """Would nothing be left to sign in with, were one passkey gone?"""
    return not user.has_usable_password() and len(held.passkeys) == 1


def falls_back(user: User, held: factors.Factors) -> dict[str, bool]:
    """What the page says that goes with a factor: is it the last one, and are we to ask by mail then?"""
    last = len(held.passkeys) + bool(held.app) == 1
    return {"last": last, "asked_by_mail": last and factors.asked_by_mail(user)}


class AddApp(totp.ActivateTOTPView):  # type: ignore[misc]
    """An authenticator app."""

    form_class = AddAppForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep its secret. Its first code is used up; a second tab finds it done."""
        user = signed_in(self.request)
        with factors.recorded(user, user) as before:
            if before.app:
                return redirect("mfa_index")
            answer: HttpResponse = super().form_valid(form)
            factors.spend_step(factors.factors_of(user).app, form.cleaned_data["code"])
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the secret as one types it: in groups of four."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return context | {"secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))}


class RemoveApp(totp.DeactivateTOTPView):  # type: ignore[misc]
    """No authenticator app any more."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it away, and with the last factor the recovery codes."""
        user = signed_in(self.request)
        with factors.recorded(user, user):
            answer: HttpResponse = super().form_valid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What follows from it."""
        user = signed_in(self.request)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | falls_back(user, factors.factors_of(user))


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(NextRedirectMixin, recovery.ViewRecoveryCodesView):  # type: ignore[misc]
    """The codes, this once."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the file to keep, which needs neither another request nor a script."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        lines = [f"Recovery codes for {settings.ACADEMY_NAME}, {signed_in(self.request).email}. Each works once.", ""]
        text = "\n".join([*lines, *context["unused_codes"], ""])
        leads_to = self.get_next_url() or reverse("mfa_index")
        return context | {"file": f"data:text/plain;charset=utf-8,{quote(text)}", "leads_to": leads_to}


class NewRecoveryCodes(recovery.GenerateRecoveryCodesView):  # type: ignore[misc]
    """Other codes; those of before end."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Make them."""
        user = signed_in(self.request)
        with factors.recorded(user, user):
            answer: HttpResponse = super().form_valid(form)
        return answer
