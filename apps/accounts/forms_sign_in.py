"""What comes in at the door: allauth's forms, with our limits and words."""

from typing import Any

from allauth.account import forms as allauth
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from apps.accounts import locks, outgoing_email
from apps.accounts.models import User
from apps.core.addresses import client_address, site
from apps.core.fields import EmailAddressField
from apps.core.limits import house
from apps.core.text import TidyField

RULES = (
    "At least 10 characters, not one of the common ones, and not your name or address. A few words are easy to keep."
)


def _new_password(field: forms.Field) -> None:
    """The rules are said before typing; the field's own list of them is for a settings page."""
    field.help_text = RULES
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"minlength": 10}


class SignInForm(allauth.LoginForm):  # type: ignore[misc]
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailAddressField(label="E-mail")

    def clean(self) -> dict[str, Any] | None:
        """Whose they are; a code goes to the address that the account has, whatever was typed to find it."""
        data: dict[str, Any] | None = super().clean()
        if self.user:
            self._login.email = self.user.email
        return data


class SignInCodeForm(allauth.ConfirmLoginCodeForm):  # type: ignore[misc]
    """The code from the mail."""

    def clean_code(self) -> str:
        """The code, if it is the one that was sent; tries are counted with those of the password."""
        email: str = context.request._login_stage.login.user.email
        code: str = locks.guarded(context.request, email, "code", super().clean_code)
        return code


class ForgottenForm(allauth.ResetPasswordForm):  # type: ignore[misc]
    """Whose password was forgotten. Whether anybody has the address is found out later, by a job."""

    email = EmailAddressField(label="E-mail")

    def clean_email(self) -> str:
        """The address, whoever has it."""
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Have the mail written."""
        email: str = self.cleaned_data["email"]
        origin, asked_from = site(), house(client_address(request))
        row = outgoing_email.email(
            email, "Password reset", "password-reset", urgent=True, origin=origin, asked_from=asked_from
        )
        outgoing_email.send([row])
        return email


class NewPasswordForm(allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    """A password in the place of a forgotten one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self.fields["password1"])


class ChangePasswordForm(allauth.ChangePasswordForm):  # type: ignore[misc]
    """Another password, by whoever knows the one before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self.fields["password1"])

    def clean_oldpassword(self) -> str:
        """The current password; guesses are counted as they are at the door."""
        old: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, old):
            raise get_adapter().validation_error("enter_current_password")
        return old


class SetPasswordForm(allauth.SetPasswordForm):  # type: ignore[misc]
    """The first password of an account that has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _new_password(self.fields["password1"])


class SignUpForm(allauth.SignupForm):  # type: ignore[misc]
    """An account of one's own making, where the academy allows it: always a student's."""

    given_name = TidyField(label="Given name", max_length=100)
    family_name = TidyField(label="Family name", max_length=100, required=False)
    email = EmailAddressField(label="E-mail")
    field_order = ("given_name", "family_name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, complete in (("given_name", "given-name"), ("family_name", "family-name")):
            self.fields[name].widget.attrs |= {"autocomplete": complete}
        self.fields["email"].widget.attrs |= {"autocomplete": "email", "inputmode": "email", "maxlength": 254}
        _new_password(self.fields["password1"])

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """The account with its address, which is not proven yet."""
        user: User = super().save(request)
        return user

    def clean(self) -> dict[str, Any]:
        """All of it; the password isn't the name either, which allauth's own check doesn't know."""
        data: dict[str, Any] = super().clean()
        if password := data.get("password1"):
            person = User(given_name=data.get("given_name", ""), family_name=data.get("family_name", ""))
            try:
                get_adapter().clean_password(password, person)
            except ValidationError as error:
                self.add_error("password1", error)
        return data


class EmailChangeForm(forms.Form):
    """Another e-mail address for oneself. Whether somebody else has it is not said here."""

    email = EmailAddressField(
        label="New e-mail address",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        """The address, if it is another than before."""
        email: str = self.cleaned_data["email"]
        if email == self.user.email:
            raise ValidationError("That is your address already.")
        return email
