"""Who a password belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from apps.accounts.models import User


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's, but one address is looked up in one place, with one query whether there is an account or not.

    allauth's own also lets a person in by an address that they have not confirmed yet.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found: User | None = self._check_password(User.objects.filter(email=email).first(), password)
        return found
