"""Confirming that it's oneself; what waited for it goes on."""

from typing import Any

from allauth.account.views import ReauthenticateView
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from apps.accounts import reauthentication


class GoesOn:
    """Of each way to confirm: it keeps hold of what waits, goes on with it, or leads back to where the person was."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on with what waited."""
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        return reauthentication.resume(self.request) or answer

    def passthrough_next_url(self, url: str) -> str:
        """Another way to confirm, which knows of it too."""
        leads_to: str = super().passthrough_next_url(url)  # type: ignore[misc]
        return reauthentication.with_key(self.request, leads_to)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the field that says what waits, and where Cancel leads."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        key = reauthentication.key_of(self.request)
        field = format_html('<input type="hidden" name="{}" value="{}">', reauthentication.FIELD, key) if key else ""
        context["redirect_field"] = format_html("{}{}", context["redirect_field"], field)
        return context | {"back": reauthentication.back(self.request)}


class ConfirmPassword(GoesOn, ReauthenticateView):  # type: ignore[misc]
    """Before a change: the password."""
