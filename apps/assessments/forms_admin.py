"""Forms of the admin for a question and its options. They refuse what the page for writing a quiz refuses."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from apps.assessments.actions import NewQuestion
from apps.assessments.forms import CHOOSE, QuestionForm, initial_of, options_problem
from apps.assessments.marking import Kind
from apps.assessments.models import Choice, Question
from apps.core.text import TidyField

CHANGED_MEANWHILE = "Somebody has saved this question in the meantime. Open it again to see the new version."


class AdminQuestionForm(QuestionForm, forms.ModelForm[Question]):
    """A question without its options, which are rows of their own below it."""

    kind: Any = forms.ChoiceField(choices=Kind.choices, error_messages=CHOOSE)
    # The version that the form shows.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Question
        fields: ClassVar[list[str]] = ["quiz"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        question, data = kwargs.get("instance"), kwargs.get("data", args[0] if args else None) or {}
        if question and question.pk:
            kind = question.current.kind
            kwargs["initial"] = initial_of(question) | {"version": question.current_id} | (kwargs.get("initial") or {})
        else:
            kind = data.get("kind") or (kwargs.get("initial") or {}).get("kind")
        super().__init__(*args, kind=kind if kind in Kind else Kind.SINGLE, **kwargs)
        self.fields.pop("options", None)
        if question and question.pk:
            del self.fields["kind"]
        else:
            del self.fields["version"]

    def clean(self) -> dict[str, Any] | None:
        """Refuse to write over a version that the person hasn't seen."""
        cleaned = super().clean()
        shown = self.cleaned_data.get("version")
        if shown and shown != self.instance.current_id:
            raise ValidationError(CHANGED_MEANWHILE)
        return cleaned

    def written_with(self, options: tuple[tuple[str, bool], ...]) -> NewQuestion:
        """The question for `save_question`, with the options of its rows."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in ("quiz", "kind", "version")}
        if is_true := cleaned.pop("is_true", ""):
            options = (("True", is_true == "true"), ("False", is_true == "false"))
        return NewQuestion(kind=self.kind, options=options, **cleaned)


class OptionForm(forms.ModelForm[Choice]):
    """An option; one without text is left out."""

    text = TidyField(required=False, max_length=1_000, widget=forms.TextInput(attrs={"size": 40}), label="Option")

    class Meta:
        model = Choice
        fields: ClassVar[list[str]] = ["text", "is_right"]


class OptionFormSet(forms.BaseModelFormSet[Choice, OptionForm]):
    """The options of a question's current version, right by the key that counts now."""

    def __init__(self, *args: Any, instance: Question, kind: str, **kwargs: Any) -> None:
        self.kind, version = kind, instance.current
        rows = Choice.objects.filter(version=version) if version else Choice.objects.none()
        kwargs.pop("save_as_new", None)  # Only a formset of a foreign key takes it.
        super().__init__(*args, **kwargs | {"queryset": rows})
        right = version.key.right if version else ()
        for choice in self.get_queryset():
            choice.is_right = choice.pk in right

    @classmethod
    def get_default_prefix(cls) -> str:
        """The prefix of its fields."""
        return "options"

    @property
    def options(self) -> tuple[tuple[str, bool], ...]:
        """The rows as (text, is right), without the empty and the deleted ones."""
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        return tuple((row["text"], row["is_right"]) for row in kept if row.get("text"))

    def clean(self) -> None:
        """Raise ValidationError with what is wrong with the options as a whole."""
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError(CHANGED_MEANWHILE)
        if not any(self.errors) and (why := options_problem(self.kind, list(self.options), are_rows=True)):
            raise ValidationError(why)
