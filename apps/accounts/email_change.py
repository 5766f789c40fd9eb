"""Changing one's e-mail address: the new one has to be confirmed, and whoever reads the old one may stop it.

Until then the old address stays the one that signs in and gets codes. Whether the new one belongs to another account
is told to nobody but whoever reads its mail.
"""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.addresses import site

SALT = "apps.accounts.email_change"


def pending(user: User) -> EmailAddress | None:
    """The address that a person is about to change to."""
    address: EmailAddress | None = EmailAddress.objects.filter(user=user, verified=False, primary=False).first()
    return address


def ask(request: HttpRequest, user: User, email: str) -> None:
    """Begin to change to this address, in the place of any begun before; mail goes to both."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user, verified=False, primary=False).delete()
        address = EmailAddress.objects.create(user=user, email=email)
        audit.record(user, "user.address-change-asked", user)
    adapter = get_adapter(request)
    if User.objects.filter(email=email).exists():
        adapter.send_mail("account/email/address_taken", email, {})
    else:
        address.send_confirmation(request)
    stop = reverse("accounts:email_change_stop", args=[signing.dumps([user.pk, address.pk], salt=SALT)])
    links = {"stop_url": site() + stop, "to_email": email}
    adapter.send_notification_mail("account/email/change_asked", user, links)


def cancel(user: User) -> None:
    """Let it be: one's own change of mind."""
    if address := pending(user):
        _drop(user, address)


def from_token(token: str) -> EmailAddress | None:
    """The address that a link to stop is about; None if it is too old, or there is nothing to stop any more."""
    days = app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS
    try:
        user_id, address_id = signing.loads(token, salt=SALT, max_age=days * 86_400)
    except signing.BadSignature:
        return None
    waiting = EmailAddress.objects.filter(pk=address_id, user=user_id, verified=False, primary=False)
    address: EmailAddress | None = waiting.select_related("user").first()
    return address


def stop(address: EmailAddress) -> None:
    """Let it be: whoever reads the old address says so, signed in or not."""
    _drop(None, address)


@transaction.atomic
def _drop(actor: User | None, address: EmailAddress) -> None:
    if EmailAddress.objects.filter(pk=address.pk, verified=False).delete()[0]:
        audit.record(actor, "user.address-change-stopped", address.user)
