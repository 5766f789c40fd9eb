"""What people set for themselves. Each form lists its fields: nothing else of an account can be changed through it."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.accounts.models import Theme, User
from apps.accounts.region import find_zone
from apps.core import formats
from apps.core.text import TidyField

# As people write them, all over the world: +351 912 345 678, (020) 7946-0018, 089/123 45 ext. 6
PHONE = re.compile(r"[+(]?[0-9][0-9 ()+./-]*(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
MAX_PHOTO = 15_000_000


class SettingsForm(forms.Form):
    """A part of what a person sets for themselves; its fields are called as theirs."""

    def __init__(self, user: User, data: Any = None) -> None:
        initial = {name: getattr(user, name) for name in self.base_fields}
        super().__init__(data, initial=initial, auto_id="id_%s")


class ProfileForm(SettingsForm):
    """Who one is."""

    given_name = TidyField(max_length=100, error_messages={"required": "Enter your given name."})
    family_name = TidyField(max_length=100, required=False)
    phone = TidyField(max_length=40, required=False)

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(user, data)
        for name, value in {"given_name": "given-name", "family_name": "family-name", "phone": "tel"}.items():
            self.fields[name].widget.attrs["autocomplete"] = value
        self.fields["phone"].widget.input_type = "tel"

    def clean_phone(self) -> str:
        """Empty, or something that can be dialled."""
        phone: str = self.cleaned_data["phone"]
        if phone and not (PHONE.fullmatch(phone) and 5 <= sum(c.isdigit() for c in phone) <= 20):
            raise forms.ValidationError("Enter a phone number, such as +351 912 345 678.")
        return phone


class RegionForm(SettingsForm):
    """Where one is: a time zone by its name or its city, and the language of dates and numbers.

    Empty they are the academy's and the browser's.
    """

    time_zone = TidyField(max_length=64, required=False)
    locale = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": "Choose one of the languages in the list."}
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(user, data)
        self.fields["time_zone"].widget.input_type = "search"
        self.fields["time_zone"].widget.attrs |= {
            "list": "time-zones",
            "data-academy": settings.TIME_ZONE,
            "placeholder": f"The academy's: {settings.TIME_ZONE}",
            "autocomplete": "off",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        field = self.fields["locale"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "As your browser asks for"), *formats.names().items()]

    def clean_time_zone(self) -> str:
        """The zone's name."""
        typed: str = self.cleaned_data["time_zone"]
        zone = find_zone(typed) if typed else ""
        if typed and not zone:
            raise forms.ValidationError("There is no such time zone. Type a city, such as Lisbon, and choose one.")
        return zone


class AppearanceForm(SettingsForm):
    """Light or dark; empty is as the device has it."""

    theme = forms.ChoiceField(
        choices=[("", "As the device"), *Theme.choices],
        required=False,
        error_messages={"invalid_choice": "Choose one of the three."},
    )


class PresenceForm(SettingsForm):
    """What others don't see of a person."""

    hides_presence = forms.BooleanField(required=False)
    hides_reading = forms.BooleanField(required=False)


class PhotoForm(forms.Form):
    """A picture of oneself."""

    photo = forms.FileField(
        error_messages={
            "required": "Choose a picture first.",
            "empty": "This file is empty. Choose a picture.",
            "max_length": "The name of this file is too long.",
        },
        max_length=255,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif"}),
    )

    def clean_photo(self) -> "UploadedFile[bytes]":
        """The file, unless it is longer than MAX_PHOTO bytes."""
        file: UploadedFile[bytes] = self.cleaned_data["photo"]
        if (file.size or 0) > MAX_PHOTO:
            raise forms.ValidationError(too_large())
        return file


def too_large() -> str:
    """What is said of a picture with too many bytes."""
    most = min(MAX_PHOTO, settings.MAX_FILE)
    return f"This picture is too large: {formats.number(most / 1_000_000, 0 if most >= 1_000_000 else 2)} MB at most."
