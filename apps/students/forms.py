"""What comes in: a student's record, and a file of many."""

from collections.abc import Mapping

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from apps.core.formats import number
from apps.core.text import TidyField, lines
from apps.students.imports import parse
from apps.students.models import Student
from apps.students.sheets import Unreadable

MAX_FILE_BYTES = 20_000_000


class TidyEmailField(forms.EmailField, TidyField):
    """An e-mail address."""


class StudentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A student's record.

    Each field also sends what it held when the form was made, so that only what this person changed is written and a
    change that somebody else made meanwhile is noticed.
    """

    class Meta:
        model = Student
        fields = ["code", "given_name", "family_name", "status", "grade", "email", "phone", "guardians", "note"]
        field_classes = {
            **dict.fromkeys(["code", "given_name", "family_name", "grade", "phone", "guardians", "note"], TidyField),
            "email": TidyEmailField,
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

    def __init__(
        self, data: QueryDict | None = None, *, instance: Student | None = None, may_change_address: bool = True
    ) -> None:
        super().__init__(data, instance=instance)
        if not may_change_address:
            self.fields["email"].disabled = True
            self.fields["email"].help_text = "The office changes it: whoever reads it can be invited as this student."
        self.fields["status"].required = False
        if data is not None and instance is not None:
            self._complete(data)
        for name, field in self.fields.items():
            # A client that doesn't say what it saw changes what differs from the record as it is.
            said = self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = said if self.is_bound else instance is not None

    def _complete(self, data: QueryDict) -> None:
        """What isn't sent at all is left as it is; a text field that was emptied is sent, empty."""
        self.data = data = data.copy()
        for name, field in self.fields.items():
            if name not in data and not field.required:
                data[name] = str(self.initial[name])

    def clean_status(self) -> str:
        """The status; as it is, or active, where none is sent."""
        return str(self.cleaned_data["status"] or self.instance.status)

    @property
    def changes(self) -> dict[str, str]:
        """What this person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @property
    def seen(self) -> dict[str, str]:
        """What the fields held when the form was made, as far as it says so."""
        said = {
            name: self.data[self.add_initial_prefix(name)]
            for name in self.fields
            if self.fields[name].show_hidden_initial
        }
        return {name: lines(text) if "\n" in text else text for name, text in said.items()}

    def explain_conflict(self, current: Mapping[str, str]) -> None:
        """Say at each field what somebody else made of it; sending the form once more then means it."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        self.data = data
        for name, value in current.items():
            data[self.add_initial_prefix(name)] = value
            said = f"changed this to “{value[:200]}”" if value else "emptied this"
            self.add_error(
                name, f"Somebody else {said} while you were editing. Save again to replace that with what stands here."
            )

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
        """The file, once it can be read as one of students; raises ValidationError with the reason if it can't."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            size, most = (count / 1_000_000 for count in (file.size or 0, MAX_FILE_BYTES))
            raise forms.ValidationError(
                f"This file has {number(size, 1)} MB; split it into files of at most {number(most)} MB."
            )
        try:
            parse(file.read())
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from None
        file.seek(0)
        return file
