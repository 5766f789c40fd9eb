"""One's own e-mail address: changing it, and stopping a change."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import email_change
from apps.accounts.forms_sign_in import EmailChangeForm
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again


@require_http_methods(["GET", "HEAD", "POST"])
def email_edit(request: HttpRequest) -> HttpResponse:
    """The address, what it is about to become, and a field for another; the password is asked before a change."""
    user = signed_in(request)
    if request.method == "POST":
        ask_again(request)
    form = EmailChangeForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if ratelimit.consume(request, action="manage_email", user=user):
            email_change.ask(request, user, form.cleaned_data["email"])
            return redirect("accounts:email_edit")
        form.add_error("email", get_adapter().validation_error("rate_limited"))
    return render(request, "accounts/email.html", {"form": form, "pending": email_change.pending(user)})


@require_POST
def email_change_cancel(request: HttpRequest) -> HttpResponse:
    """Keep the address."""
    email_change.cancel(signed_in(request))
    messages.success(request, "Your address stays as it is.")
    return redirect("accounts:email_edit")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_change_stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to the old address: asks first, since mail programs open links by themselves."""
    address = email_change.from_token(token)
    if address and request.method == "POST":
        email_change.stop(address)
        return render(request, "accounts/email_stopped.html", {"email": address.user.email})
    return render(request, "accounts/email_stop.html", {"address": address})
