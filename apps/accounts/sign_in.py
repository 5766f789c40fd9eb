"""What happens while somebody signs in, and when they have, by whatever way.

Between the password and the end of it there may be minutes, with a code or a key still to be shown. What ends all that
a person has open (another password or address, access taken away, "sign out everywhere else") ends that too.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, unstash_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts import audit, browsers
from apps.accounts.models import User
from apps.core.addresses import site

KEY = "signing_in"


def began(request: HttpRequest, user: User) -> None:
    """The password, or what stood for it, was right: keep whose it was, as they are now."""
    request.session[KEY] = _as_now(user)


def end_if_changed(request: HttpRequest) -> bool:
    """Let a sign-in that is half done go no further if its person has changed since it began; has it been so?"""
    if LOGIN_SESSION_KEY not in request.session:
        return False
    login = unstash_login(request, peek=True)
    if login is None or login.user is None:  # Too late, or not about anybody: allauth's matter.
        return False
    if constant_time_compare(request.session.get(KEY, ""), _as_now(login.user)):
        return False
    clear_login(request)
    return True


def _as_now(user: User) -> str:
    about = f"{user.pk}|{user.get_session_auth_hash()}|{user.email}|{user.is_active}"
    return salted_hmac("apps.accounts.sign_in", about, algorithm="sha256").hexdigest()


def arrived(request: HttpRequest, response: HttpResponse, user: User, *, first: bool) -> None:
    """Record a sign-in; tell the person if the browser is new to their account, unless all of it is new (`first`)."""
    methods = dict.fromkeys(record["method"] for record in get_authentication_records(request, user))
    strange = not browsers.known(request, user.email)
    audit.record(user, "user.signed-in", user, methods=list(methods), new_browser=strange)
    browsers.remember(request, response, user.email)
    if strange and not first:
        links = {"sessions_url": site() + reverse("usersessions_list")}
        get_adapter(request).send_notification_mail("account/email/new_place", user, links)
