"""What is kept of oneself: to take away, and to end."""

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import own_data, parts, policies
from apps.accounts.closing import close_account
from apps.accounts.forms_data import ClosingForm
from apps.accounts.models import User
from apps.accounts.people import signed_in
from apps.accounts.reauthentication import ask_again
from apps.core.limits import check, refuse


@require_http_methods(["GET", "HEAD", "POST"])
def data_export(request: HttpRequest) -> HttpResponseBase:
    """What there is to take away (GET), and all of it as one file (POST); for who has just said that it's them."""
    user = signed_in(request)
    ask_again(request, resend=request.method == "POST")
    if request.method != "POST":
        return render(request, "accounts/data_export.html")
    if wait := check(request, "exports"):
        return refuse(request, "exports", wait)
    # What is sent is compressed already.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response = StreamingHttpResponse(own_data.export(user), content_type="application/zip")
    name = f"{user.full_name} {timezone.localdate():%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def account_close(request: HttpRequest) -> HttpResponse:
    """What goes and what stays (GET); close one's own account (POST), once typed and confirmed."""
    user = signed_in(request)
    form = ClosingForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        try:
            return _close(request)
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "work": parts.open_work(user)}
    return render(request, "accounts/account_close.html", context, status=422 if form.is_bound else 200)


def _close(request: HttpRequest) -> HttpResponse:
    ask_again(request)
    user = signed_in(request)
    close_account(user, user)
    logout(request)
    messages.success(request, "Your account is closed. A last mail to your address confirms it.")
    return redirect("account_login")


@require_POST
def person_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close another person's account at their request, once their address is typed."""
    user = signed_in(request)
    person = get_object_or_404(User.objects.visible_to(user), pk=pk)
    if not policies.can_close(user, person) or person == user:
        raise Http404
    form = ClosingForm(request.POST, user=person)
    try:
        if form.is_valid():
            return _close_other(request, person)
    except ValidationError as error:
        form.add_error(None, error)
    for reasons in form.errors.values():
        messages.error(request, " ".join(map(str, reasons)))
    return redirect(person)


def _close_other(request: HttpRequest, person: User) -> HttpResponse:
    ask_again(request)
    close_account(signed_in(request), person)
    messages.success(request, "The account is closed. What its person wrote stays under “Former member”.")
    return redirect(person)
