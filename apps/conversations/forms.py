"""What comes in."""

from typing import Any

from django import forms

from apps.conversations.actions import clean_body
from apps.conversations.models import Audience


class BodyField(forms.CharField):
    """The text of a message; any character is text."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, required=False, **options)
        # Django refuses a NUL; here clean_body makes it visible instead.
        self.validators = []

    def clean(self, value: Any) -> str:
        """The body as it will be stored; raises ValidationError with the reason."""
        return clean_body(self.to_python(value) or "")


class MessageForm(forms.Form):
    """One message from the composer."""

    body = BodyField()
    audience = forms.ChoiceField(required=False)
    client_key = forms.UUIDField(required=False)

    def __init__(self, *args: Any, audiences: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Audience.choices if choice[0] in audiences]
        self.fields["audience"] = forms.ChoiceField(choices=choices, required=False, initial=audiences[0])

    @property
    def error(self) -> str:
        """The first thing that is wrong, in one sentence."""
        return next((str(errors[0]) for errors in self.errors.values()), "")
