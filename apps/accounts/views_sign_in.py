"""Pages of signing in that need more than allauth's give: they stand before its own, under the same addresses."""

import time
from typing import Any

from allauth.account.views import ConfirmLoginCodeView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator

from apps.accounts import locks

RESEND_SECONDS = 30


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
