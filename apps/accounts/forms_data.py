"""What has to be typed before an account is closed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.core.email_addresses import comparable


class ClosingForm(forms.Form):
    """The address of the account, typed: nobody closes one by a slip of the thumb."""

    address = forms.CharField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_address(self) -> str:
        """Raise ValidationError for any other than the account's; in any of its spellings."""
        address: str = self.cleaned_data["address"].strip()
        if comparable(address) != self.user.email:
            raise ValidationError("This isn't the address of the account. It stays open until you type that one.")
        return address
