"""What comes in."""

import re
from typing import Any

from django import forms
from django.http import QueryDict

from apps.conversations.actions import clean_body
from apps.conversations.models import MAX_BODY, Audience

MAX_ID = 2**63 - 1
MAX_IDS = 100


class BodyField(forms.CharField):
    """The text of a message; any character is text."""

    widget = forms.Textarea

    def __init__(self, *, may_be_empty: bool = False, most: int = MAX_BODY, **options: Any) -> None:
        # Whether it may be empty then depends on what else there is: the action decides.
        self.may_be_empty, self.most = may_be_empty, most
        super().__init__(strip=False, required=False, **options)
        # Django refuses a NUL; here clean_body makes it visible instead.
        self.validators = []

    def clean(self, value: Any) -> str:
        """The body as it will be stored; raises ValidationError with the reason."""
        return clean_body(self.to_python(value) or "", may_be_empty=self.may_be_empty, most=self.most)


class IdsField(forms.Field):
    """Ids of things, one input each (or none)."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> list[int]:
        """The ids, each once; raises ValidationError for anything that can't be one."""
        ids = list(dict.fromkeys(value or []))
        if len(ids) > MAX_IDS or not all(re.fullmatch(r"[0-9]{1,18}", number) for number in ids):
            raise forms.ValidationError("These files can't be sent. Choose them again.")
        return [int(number) for number in ids]


class CarriesFiles(forms.Form):
    """A form with which files are sent; `attachments` are the ids of those that were taken in before."""

    attachments = IdsField()

    def keep(self, files: list[int]) -> None:
        """Have this valid form, shown again to ask something, carry all its files, and leave none to be thrown away."""
        assert isinstance(self.data, QueryDict)
        self.data = data = self.data.copy()
        data.setlist("attachments", [str(pk) for pk in self.cleaned_data["attachments"]])
        files.clear()

    def forget_files(self, error: forms.ValidationError) -> None:
        """Shown again with an error that says that its files are gone, it carries them no longer."""
        if getattr(error, "code", "") == "files_gone" and isinstance(self.data, QueryDict):
            self.data = data = self.data.copy()
            data.setlist("attachments", [])


class MessageForm(CarriesFiles):
    """One message from the composer."""

    body = BodyField(may_be_empty=True)
    audience = forms.ChoiceField(required=False)
    client_key = forms.UUIDField(required=False)
    reply_to = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)
    seen = forms.IntegerField(required=False, min_value=0, max_value=MAX_ID)
    # Was the sender asked about the names in it?
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, audiences: tuple[str, ...], most: int = MAX_BODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"] = BodyField(may_be_empty=True, most=most)
        choices = [choice for choice in Audience.choices if choice[0] in audiences]
        self.fields["audience"] = forms.ChoiceField(choices=choices, required=False, initial=audiences[0])

    @property
    def error(self) -> str:
        """The first thing that is wrong, in one sentence."""
        return next((str(errors[0]) for errors in self.errors.values()), "")
