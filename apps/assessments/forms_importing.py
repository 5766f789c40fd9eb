"""The form of a question import: a file, or its content pasted."""

import io
from typing import IO, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.assessments.importing import MOST_MEGABYTES, SENTENCES

MOST_PASTED = 500_000


class ImportForm(forms.Form):
    """A file of questions, or its content pasted; exactly one of the two."""

    file = forms.FileField(
        required=False,
        label="File",
        allow_empty_file=True,  # The reader has its own sentence for it.
        widget=forms.FileInput(attrs={"accept": ".txt,.gift,.xml,text/plain,text/xml,application/xml"}),
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or paste the questions",
        max_length=MOST_PASTED,
        error_messages={"max_length": f"Paste at most {MOST_PASTED} characters; choose a file for more."},
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean_file(self) -> "UploadedFile[bytes] | None":
        """The file, unless it is too large."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file and (file.size or 0) > MOST_MEGABYTES * 1_000_000:
            raise forms.ValidationError(SENTENCES["large"])
        return file

    def clean(self) -> dict[str, Any]:
        """Exactly one of file and text."""
        cleaned = super().clean() or self.cleaned_data
        file, text = cleaned.get("file"), (cleaned.get("text") or "").strip()
        if file and text:
            self.add_error("text", "Choose a file or paste the questions, not both.")
        elif not file and not text and not self.errors and "draft" not in self.data:
            self.add_error("file", "Choose a file, or paste the questions below.")
        return cleaned

    @property
    def is_pasted(self) -> bool:
        """Were the questions pasted?"""
        return not self.cleaned_data.get("file")

    @property
    def named(self) -> str:
        """The field that shows errors in the questions."""
        return "text" if self.data.get("text", "").strip() and not self.files.get("file") else "file"

    @property
    def source(self) -> IO[bytes]:
        """The questions as bytes."""
        file: IO[bytes] | None = self.cleaned_data.get("file")
        return file or io.BytesIO(self.cleaned_data["text"].encode())
