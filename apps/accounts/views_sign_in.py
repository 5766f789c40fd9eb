"""Pages of signing in that need more than allauth's give: they stand before its own, under the same addresses."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.account.views import ConfirmLoginCodeView, PasswordSetView
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode

from apps.accounts import locks
from apps.accounts.people import signed_in
from apps.core.email_addresses import mailbox

RESEND_SECONDS = 30


class PasswordResetView(allauth_views.PasswordResetView):  # type: ignore[misc]
    """A link to choose another password. How often it can be asked for is counted by whose mail it is."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Have the mail sent, unless there were several lately; an address with a `+` in it is the one without."""
        whose = mailbox(form.cleaned_data["email"])
        too_many: HttpResponse | None = ratelimit.consume_or_429(self.request, action="asked_reset", key=whose)
        return too_many or super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class SignInCodeView(ConfirmLoginCodeView):  # type: ignore[misc]
    """The code from the mail; another is sent after a wait, and works as long as the first did."""

    _process: Any = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever comes too late is told so on the page they land on."""
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if self._process is None:
            messages.warning(request, "That code has expired. Sign in again to get a new one.")
        return response

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        state = self._process.state
        if (wait := RESEND_SECONDS - int(time.time() - state["at"])) > 0:
            messages.warning(
                self.request, f"The mail is still on its way. Another can be sent in {locks.in_words(wait)}."
            )
        else:
            state["at"] = time.time()
            self._process.resend()
            messages.success(self.request, "Another code is on its way. Only the newest works.")
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))


def _typed_again(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What is sent to this view too late is typed again: allauth would keep it in the session until they confirm."""

    @wraps(view)
    def on_time(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and is_reauthentication_required(request, app="allauth.account"):
            way = get_adapter().get_reauthentication_methods(signed_in(request))[0]["url"]
            return redirect(f"{way}?{urlencode({'next': request.path})}")
        return view(request)

    return on_time


# An open session alone must not get itself a password where only a passkey lets people in.
password_set = _typed_again(reauthentication_required(PasswordSetView.as_view()))
