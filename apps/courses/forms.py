"""What comes in."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from apps.accounts.models import User
from apps.courses.models import Batch
from apps.students.models import Student


class BatchForm(forms.ModelForm[Batch]):
    """A batch as staff write it.

    Its page sends along what it had shown (`initial-<field>`). So two people can change different fields of one batch,
    and nobody overwrites what another has just changed without having seen it.
    """

    class Meta:
        model = Batch
        fields: ClassVar[list[str]] = ["name", "course", "teacher", "start", "end", "capacity", "fee"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "start": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "end": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "capacity": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "fee": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        }
        help_texts: ClassVar[dict[str, str]] = {"end": "Empty while it is open."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(is_active=True)
        if self.instance.teacher_id:
            teachers |= User.objects.filter(pk=self.instance.teacher_id)
        self._choices("teacher").queryset = teachers
        self._choices("teacher").empty_label = "Nobody yet"
        self._choices("course").empty_label = "Choose a course"
        self.fields["fee"].label = f"Fee ({self.instance.currency})"
        for name, field in self.fields.items():
            seen = not self.is_bound or self[name].html_initial_name in self.data
            field.show_hidden_initial = bool(self.instance.pk) and seen

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Leave alone what this person did not change; raises ValidationError for what somebody else just did."""
        cleaned = super().clean() or self.cleaned_data
        if not self.instance.pk:
            return cleaned
        for name in set(self.fields) - set(self.changed_data):
            cleaned[name] = getattr(self.instance, name)
        for name in self.changed_data:
            if self._changed_meanwhile(name):
                self._show_newer(name)
        return cleaned

    def _changed_meanwhile(self, name: str) -> bool:
        field, bound = self.fields[name], self[name]
        if not field.show_hidden_initial:
            return False
        now = self.get_initial_for_field(field, name)
        return field.has_changed(now, self.data[bound.html_initial_name]) and field.has_changed(now, bound.data)

    def _show_newer(self, name: str) -> None:
        """The newer value counts as seen from here on: sending the form again overwrites it, knowingly."""
        newer = getattr(self.instance, name)
        self.data: QueryDict = self.data.copy()
        self.data[self[name].html_initial_name] = getattr(newer, "pk", newer) if newer is not None else ""
        said = f"Somebody set this to “{newer or 'nothing'}” meanwhile. Save again to have it your way."
        self.add_error(name, ValidationError(said, code="changed_meanwhile"))


class AddForm(forms.Form):
    """One student for a batch, of those whom the person may see."""

    student = forms.ModelChoiceField(
        Student.objects.none(), error_messages={"required": "Choose a student.", "invalid_choice": "Choose a student."}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student"] = forms.ModelChoiceField(
            Student.objects.visible_to(user), error_messages=self.fields["student"].error_messages
        )


class MoveForm(forms.Form):
    """Another batch for a student. One that is full is found, so that the answer can say that it is."""

    def __init__(self, *args: Any, user: User, source: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = "Choose the batch to move to."
        self.fields["batch"] = forms.ModelChoiceField(
            Batch.objects.visible_to(user).exclude(pk=source.pk),
            error_messages={"required": said, "invalid_choice": said},
        )


def first_error(problem: forms.Form | ValidationError) -> str:
    """The first thing that is wrong, in one sentence."""
    if isinstance(problem, ValidationError):
        return str(problem.messages[0])
    return next((str(errors[0]) for errors in problem.errors.values()), "")
