"""The email with a link to choose a new password. Composed by a job: the page does the same for any address."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts.models import User


def letter(email: str, origin: str) -> tuple[str, str]:
    """Subject and text for this address: a link to choose a password, or that there is no account here.

    `origin` is the site's address. Only the address that a person signs in with counts, not one that they are about to
    change to: whoever reads that has yet to show that it is theirs.
    """
    user = User.objects.filter(email=email, is_active=True).first()
    about = {"email": email, "user": user, "academy_name": settings.ACADEMY_NAME}
    if user:
        key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
        about["password_reset_url"] = origin + reverse("account_reset_password_from_key", kwargs=key)
    name = "password_reset_key" if user else "unknown_account"
    subject, text = (render_to_string(f"account/email/{name}_{part}.txt", about) for part in ("subject", "message"))
    return subject.strip(), text.strip()
