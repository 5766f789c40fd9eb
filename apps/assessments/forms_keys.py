"""The form that corrects a wrong key."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.assessments.forms import CHOOSE
from apps.assessments.marking import CHOSEN, Kind, Mend, read_number
from apps.assessments.models import KeyMending, QuestionVersion
from apps.core.text import TidyField


class MendingForm(forms.Form):
    """The corrected key, and how it changes marks already given."""

    mode = forms.ChoiceField(
        label="Effect on marks",
        choices=Mend.choices,
        initial=Mend.KEEP,
        widget=forms.RadioSelect(attrs={"class": "radio"}),
        error_messages=CHOOSE,
    )
    right = forms.MultipleChoiceField(
        required=False,
        label="Right",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
        error_messages=CHOOSE | {"invalid_list": "Choose one of these."},
    )
    variants = TidyField(
        required=False,
        max_length=5_000,
        label="Accepted answers",
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    number_key = TidyField(required=False, max_length=60, label="Right number")
    tolerance = TidyField(required=False, max_length=60, label="Tolerance")

    def __init__(self, *args: Any, version: QuestionVersion, **kwargs: Any) -> None:
        self.version, key = version, version.key
        kwargs["initial"] = {
            "right": [str(pk) for pk in key.right],
            "variants": "\n".join(key.variants),
            "number_key": f"{key.number.normalize():f}" if key.number is not None else "",
            "tolerance": f"{key.tolerance.normalize():f}",
        }
        super().__init__(*args, **kwargs)
        own = {"right"} if version.kind in CHOSEN else {"variants"} if version.kind == Kind.TEXT else set()
        own |= {"number_key", "tolerance"} if version.kind == Kind.NUMBER else set()
        for name in {"right", "variants", "number_key", "tolerance"} - own:
            del self.fields[name]
        if "right" in self.fields:
            options = [(str(each.pk), each.rendered) for each in version.choices.all()]
            self.fields["right"].choices = options  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Require a right answer, unless everyone gets full marks."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("mode") == Mend.FULL:
            return cleaned
        right = cleaned.get("right")
        if "right" in self.fields and right is not None:
            if not right:
                self.add_error("right", "Choose what is right.")
            elif self.version.kind != Kind.MULTIPLE and len(right) > 1:
                self.add_error("right", "Only one option can be right here.")
        if "variants" in self.fields and not cleaned.get("variants", "").strip():
            self.add_error("variants", "Write at least one accepted answer.")
        if "number_key" in self.fields and read_number(cleaned.get("number_key", "")) is None:
            self.add_error("number_key", "Write the right number, such as 3.5 or 3,5.")
        return cleaned

    def clean_tolerance(self) -> str:
        """A non-negative number; empty means 0."""
        typed = self.cleaned_data["tolerance"] or "0"
        found = read_number(typed)
        if found is None or found < 0:
            raise ValidationError("Write a number from 0 on, such as 0.01.")
        return str(typed)

    @property
    def mending(self) -> KeyMending:
        """The corrected key, unsaved."""
        cleaned = dict(self.cleaned_data)
        right = [int(pk) for pk in cleaned.pop("right", [])]
        return KeyMending(version=self.version, right=right, **cleaned)
