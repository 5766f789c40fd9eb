"""Where allauth meets Homeroom."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress, Login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.accounts import audit, browsers, locks, mailboxes, outgoing_email, parts, sessions, sign_in
from apps.accounts.models import OutgoingEmail, Role, User
from apps.accounts.people import signed_in
from apps.accounts.region import clock_and_language
from apps.accounts.trust import STAGES
from apps.core.addresses import client_address, site
from apps.core.email_delivery import GIVE_UP
from apps.core.limits import house
from apps.realtime.publish import access_changed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Homeroom's rules for allauth's flows; mail leaves in the background.

    In the background also so that a known and an unknown address take the same time to answer.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The e-mail address or the password is wrong.",
        "incorrect_password": "That isn't your password.",
        "enter_current_password": "That isn't your current password.",
        "incorrect_code": "That isn't the code of the newest mail. Look again.",
        "too_many_login_attempts": "That code was wrong too often. Sign in again to get a new one.",
        "email_taken": "This address can't be used.",
        "duplicate_email": "That is your address already.",
        "rate_limited": "That was too often in a short time. Wait a few minutes and try again.",
    }

    # Whom the mail that is being written tells of a change to their account.
    noticed: User | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether anybody may make an account (HOMEROOM_SIGNUP); people are invited otherwise."""
        return bool(settings.SIGNUP)

    def new_user(self, request: HttpRequest) -> User:
        """Whoever signs up by themselves: a student, whatever the form says, whose address is still to be proven."""
        user = User(role=Role.STUDENT)
        user.address_is_proven = False
        return user

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save who signed up, with their name."""
        user.given_name, user.family_name = form.cleaned_data["given_name"], form.cleaned_data["family_name"]
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            audit.record(user, "user.signed-up", user)
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a request comes from, through proxies of ours."""
        return str(client_address(request) or "0.0.0.0")  # noqa: S104 - nobody listens there: it stands for "unknown"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Whose password this is, None if it is nobody's; raises LockedError after too many that were wrong."""
        attempt = locks.begin(request, credentials.get("email", ""))
        user: User | None = super().authenticate(request, **credentials)
        if user:
            attempt.was_right()
        else:
            attempt.was_wrong("password")
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is their password. Checking it may store it with a stronger hash: the session goes on."""
        right: bool = super().reauthenticate(user, password)
        if right:
            user.refresh_from_db(fields=["password"])
            self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        return right

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """How somebody may confirm that it is them: a passkey first, which takes one touch."""
        return sorted(super().get_reauthentication_methods(user), key=lambda way: "webauthn" not in way["id"])

    def get_login_stages(self) -> list[str]:
        """What comes after the password; a browser is trusted as long as its person's era lasts."""
        return [STAGES.get(stage, stage) for stage in super().get_login_stages()]

    def is_login_by_code_required(self, login: Login) -> bool:
        """Whether a code goes to the person's address: by role, or as somebody guesses passwords from where they are.

        Not if they showed, or will be asked for, more.
        """
        user = login.user
        if user is None:
            return False
        by_role = user.role in settings.SECOND_FACTOR and not user.password_only
        if not by_role and not locks.asks_code(self.request, user.email):
            return False
        shown = get_authentication_records(self.request, user)
        if shown and shown[-1]["method"] in {"code", "mfa"}:
            return False
        return not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])

    def pre_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse | None:
        """Turn away who was deactivated; an account made beside the ORM gets its address's row now."""
        mailboxes.keep(user)
        sign_in.began(request, user)
        refusal: HttpResponse | None = super().pre_login(request, user, **about)
        return refusal

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session."""
        self.is_first_sign_in = user.last_login is None
        super().login(request, user)
        # As long for every way in, whatever the session was for before.
        request.session.set_expiry(account_settings.SESSION_COOKIE_AGE)

    def post_login(self, request: HttpRequest, user: User, **about: Any) -> HttpResponse:
        """Record the sign-in, and tell its owner where it came from a browser they never used."""
        response: HttpResponse = super().post_login(request, user, **about)
        sign_in.arrived(request, response, user, first=self.is_first_sign_in)
        return response

    def logout(self, request: HttpRequest) -> None:
        """End the session, and the streams that were opened with it."""
        user, key = signed_in(request), request.session.session_key
        audit.record(user, "user.signed-out", user)
        super().logout(request)
        sessions.forget(key)
        access_changed(user.pk)

    @transaction.atomic
    def set_password(self, user: User, password: str) -> None:
        """A new password ends what was opened with the old one, and their streams.

        Whoever changes it stays signed in here; whoever followed a link because they forgot it doesn't.
        """
        user.set_password(password)
        user.save(update_fields=["password"])
        match = self.request.resolver_match
        forgotten = match is not None and match.url_name == "account_reset_password_from_key"
        audit.record(user, "user.password-reset" if forgotten else "user.password-changed", user)
        key = None if forgotten else self.request.session.session_key
        sessions.end_all(user, but=key)
        # It goes on under another key, for which allauth makes a row.
        sessions.forget(key)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The link in the mail was followed: unless somebody else has the address by now, it is theirs.

        Anybody may have signed up with this address and wait for its owner to confirm it. So the password of a new
        account stays only where it is confirmed in the browser that signed up; else its owner chooses another.
        """
        user = email_address.user
        stranger = not EmailAddress.objects.filter(user=user, verified=True).exists() and not _waits_here(request, user)
        verb = "user.address-confirmed" if user.email == email_address.email else "user.address-changed"
        try:
            with transaction.atomic():
                confirmed: bool = super().confirm_email(request, email_address)
                if confirmed:
                    audit.record(user, verb, user)
                if confirmed and stranger:
                    user.set_unusable_password()
                    user.save(update_fields=["password"])
                    messages.info(request, "Now choose your password: follow “Forgot password?”.")
        except IntegrityError:
            messages.error(request, "This address can't be used any more.")
            return False
        return confirmed

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Where the mail leads that has an address confirmed."""
        return site() + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now, in the request's language; send from the queue."""
        reset = site() + reverse("account_reset_password")
        about = {"request": self.request, "email": email, "reset_url": reset, **context}
        message = self.render_mail(template_prefix, email, about)
        if self.noticed and parts.security_notice(self.noticed, message.subject, message.body, email):
            return
        html = next((part.content for part in getattr(message, "alternatives", [])), "")
        (to,) = message.to
        asked_from = house(client_address(self.request))
        content = {"subject": message.subject, "text": message.body, "html": html, "asked_from": asked_from}
        outgoing_email.send([_account_email(template_prefix, to, content)])

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person of a change to their account: when on their clock, and from which browser."""
        about = {"user": user, "browser": browsers.named(self.get_http_user_agent(self.request))}
        self.noticed = user
        try:
            with clock_and_language(user, self.request.headers.get("Accept-Language", "")):
                super().send_notification_mail(template_prefix, user, about | (context or {}), email)
        finally:
            self.noticed = None

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth's hook for: the password was reset."""
        locks.forget(request, credentials["email"])


def _account_email(template_prefix: str, to: str, content: dict[str, str]) -> OutgoingEmail:
    """One of allauth's emails, named after its templates; a code is of use as long as it is taken."""
    about = template_prefix.rpartition("/")[2].replace("_", " ").capitalize()
    code = template_prefix == "account/email/login_code"
    lasts = timedelta(seconds=account_settings.LOGIN_BY_CODE_TIMEOUT) if code else GIVE_UP
    return outgoing_email.email(to, about, urgent=True, lasts=lasts, **content)


def _waits_here(request: HttpRequest, user: User) -> bool:
    """Whether this browser is the one that signed up, or signed in, and waits for the confirmation."""
    waiting = unstash_login(request, peek=True)
    return waiting is not None and waiting.user == user
