"""What comes in of invitations: addresses from whoever invites, a name and a password from who was invited."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from apps.accounts import pasted_addresses, policies
from apps.accounts.forms_sign_in import RULES
from apps.accounts.invitations import AT_ONCE, Newcomer
from apps.accounts.models import Invitation, Role, User
from apps.accounts.outcomes import Guest
from apps.core.text import TidyField

# Longer than any list of AT_ONCE addresses.
MAX_TEXT = 200_000


def name_field(label: str, autocomplete: str, *, required: bool) -> TidyField:
    """A name, on one line: a line break in it would be one in a mail's header."""
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    errors = {"required": "Enter your name."}
    return TidyField(label=label, max_length=100, required=required, widget=widget, error_messages=errors)


class InviteForm(forms.Form):
    """Addresses, one a line, and the role that all of them are invited to."""

    role = forms.ChoiceField(
        label="As", error_messages={"required": "Choose a role.", "invalid_choice": "Choose one of these roles."}
    )
    addresses = forms.CharField(
        label="E-mail addresses",
        max_length=MAX_TEXT,
        help_text=f"One a line, or as a mail program lists them; at most {AT_ONCE}.",
        widget=forms.Textarea(
            attrs={"rows": 5, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Enter an address.",
            "max_length": f"Enter at most {AT_ONCE} addresses.",
        },
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        roles = policies.roles_to_invite(user)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, role.label) for role in reversed(roles)]
        self.initial["role"] = Role.TEACHER

    def clean_addresses(self) -> list[Guest]:
        """Everybody in the list, with their names; raises ValidationError for nobody or too many."""
        guests = pasted_addresses.read(self.cleaned_data["addresses"])
        if not guests:
            raise forms.ValidationError("Enter an address.")
        if len(guests) > AT_ONCE:
            raise forms.ValidationError(f"These are {len(guests)} addresses; invite at most {AT_ONCE} in one go.")
        return guests


class JoinForm(forms.Form):
    """A name, and a password unless one goes on with a passkey."""

    given_name = name_field("Given name", "given-name", required=True)
    family_name = name_field("Family name", "family-name", required=False)
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        max_length=1_000,
        help_text=RULES,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": 10}),
    )

    def __init__(self, invitation: Invitation, data: Any = None, *, passkeys: bool = False) -> None:
        names = {"given_name": invitation.given_name, "family_name": invitation.family_name}
        super().__init__(data, initial=names)
        self.invitation = invitation
        self.by_passkey = passkeys and self.data.get("with") == "passkey"
        first = "password" if invitation.given_name else "given_name"
        if not self.is_bound:
            self.fields[first].widget.attrs["autofocus"] = True

    def clean(self) -> None:
        """The password fits its person."""
        if self.by_passkey:
            return
        password = self.cleaned_data.get("password", "")
        if not password:
            if "password" not in self.errors:
                self.add_error("password", "Choose a password.")
            return
        names = {name: self.cleaned_data.get(name, "") for name in ("given_name", "family_name")}
        try:
            validate_password(password, User(email=self.invitation.email, **names))
        except forms.ValidationError as error:
            self.add_error("password", error)

    @property
    def newcomer(self) -> Newcomer:
        """What they said of themselves."""
        password = None if self.by_passkey else self.cleaned_data["password"]
        return Newcomer(self.cleaned_data["given_name"], self.cleaned_data["family_name"], password)
