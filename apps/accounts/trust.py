"""Browsers that need no second factor for a while, until all that their person has open is ended (`User.era`).

allauth ties its trust to the password and the factors of a person; here it is tied to their era too, so that access
which is taken away takes it along.
"""

from copy import copy
from typing import Any

from allauth.account.stages import LoginByCodeStage
from allauth.mfa.base import views
from allauth.mfa.internal.flows import trust
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest, HttpResponse

from apps.accounts.models import User

STAGES = {
    f"{stage.__module__}.{stage.__name__}": name
    for stage, name in (
        (LoginByCodeStage, "apps.accounts.trust.CodeStage"),
        (AuthenticateStage, "apps.accounts.trust.FactorStage"),
    )
}


def is_trusted(request: HttpRequest, user: User | None) -> bool:
    """Did this person, since all of theirs was ended last, say that this browser is theirs alone?"""
    return user is not None and bool(trust.is_trusted_browser(request, _of_this_era(user)))


def _of_this_era(user: User) -> User:
    """The person with the era where allauth looks for a change: never saved."""
    bearer = copy(user)
    bearer.password = f"{user.password}|{user.era}"
    return bearer


class CodeStage(LoginByCodeStage):  # type: ignore[misc]
    """The code by e-mail."""

    def _is_trusted(self) -> bool:
        return is_trusted(self.request, self.login.user)


class FactorStage(AuthenticateStage):  # type: ignore[misc]
    """The person's own second factor."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and not is_trusted(request, self.login.user)


class TrustView(views.TrustView):  # type: ignore[misc]
    """Asks whether this browser is to be trusted."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on, and have the browser remember the answer."""
        stage = self.request._login_stage
        response: HttpResponse = stage.exit()
        if self.request.POST.get("action") == "trust":
            trust.trust_browser(self.request, _of_this_era(stage.login.user), response)
        return response
