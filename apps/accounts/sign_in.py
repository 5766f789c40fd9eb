"""What happens when somebody has signed in, by whatever way."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.accounts import audit, browsers
from apps.accounts.models import User


def arrived(request: HttpRequest, response: HttpResponse, user: User, *, first: bool) -> None:
    """Record a sign-in; tell the person if the browser is new to their account, unless all of it is new (`first`)."""
    methods = dict.fromkeys(record["method"] for record in get_authentication_records(request, user))
    strange = not browsers.known(request, user.email)
    audit.record(user, "user.signed-in", user, methods=list(methods), new_browser=strange)
    browsers.remember(request, response, user.email)
    if strange and not first:
        links = {"sessions_url": request.build_absolute_uri(reverse("usersessions_list"))}
        get_adapter(request).send_notification_mail("account/email/new_place", user, links)
