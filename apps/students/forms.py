"""What comes in: a student's record, and a file of many."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from apps.core.editing import EditForm
from apps.core.email_addresses import NotAnAddressError, normal_form
from apps.core.formats import number
from apps.core.text import TidyField
from apps.students.models import Student

MAX_FILE_BYTES = 20_000_000


_LIKE_AN_ADDRESS = re.compile(r"[^\s<>(),;:]+[@\uff20\ufe6b][^\s<>(),;:]+")


class ContactsField(TidyField):
    """Several lines of contacts; the e-mail addresses among them in their normal form."""

    def to_python(self, value: Any) -> str:
        """Tidied; what only looks like an address stays as it was typed."""
        return _LIKE_AN_ADDRESS.sub(lambda word: _contact(word[0]), super().to_python(value))


def _contact(word: str) -> str:
    try:
        return normal_form(word)
    except NotAnAddressError:
        return word


class StudentForm(EditForm[Student]):
    """A student's record, as two people may edit it at once."""

    class Meta:
        model = Student
        fields = ["code", "given_name", "family_name", "status", "grade", "email", "phone", "guardians", "note"]
        field_classes = {
            **dict.fromkeys(["code", "given_name", "family_name", "grade", "phone", "note"], TidyField),
            "guardians": ContactsField,
        }
        error_messages = {"code": {"unique": "Another student has this code."}}
        widgets = {
            "code": forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
            "given_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "grade": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
            "guardians": forms.Textarea(attrs={"rows": 3}),
            "note": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, data: QueryDict | None = None, *, instance: Student | None = None, office: bool = True) -> None:
        super().__init__(data, instance=instance)
        if not office:
            self.fields["code"].disabled = self.fields["email"].disabled = True
            self.fields["code"].help_text = "The office gives codes."
            self.fields["email"].help_text = "The office changes it: whoever reads it can be invited as this student."
        self.fields["status"].required = False
        if data is not None and instance is not None:
            self._complete(data)

    def _complete(self, data: QueryDict) -> None:
        """What isn't sent at all is left as it is; a text field that was emptied is sent, empty."""
        self.data = data = data.copy()
        for name, field in self.fields.items():
            if name not in data and not field.required:
                data[name] = str(self.initial[name])

    def clean_status(self) -> str:
        """The status; as it is, or active, where none is sent."""
        return str(self.cleaned_data["status"] or self.instance.status)

    def set_focus(self) -> None:
        """Begin at what has to be put right, or at the top."""
        first = next((name for name in self.fields if name in self.errors), "given_name")
        self.fields[first].widget.attrs["autofocus"] = True


class ImportForm(forms.Form):
    """A file of students."""

    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,  # It has its own sentence.
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"}),
        error_messages={"required": "Choose a file first."},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        """The file, unless it is too large; whether it can be read is found out in the background."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            size, most = (count / 1_000_000 for count in (file.size or 0, MAX_FILE_BYTES))
            raise forms.ValidationError(
                f"This file has {number(size, 1)} MB; split it into files of at most {number(most)} MB."
            )
        return file
