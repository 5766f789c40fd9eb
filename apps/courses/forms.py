"""Forms for batches and their students."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q

from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.core.editing import EditForm
from apps.courses.models import Batch, possible_teachers
from apps.students.models import Student


class TeacherField(forms.ModelChoiceField[User]):
    """Who can teach a batch, each with how many batches they have that haven't ended."""

    def __init__(self, batch: Batch, **kwargs: Any) -> None:
        current = Q(batches__end=None) | Q(batches__end__gte=academy_today())
        teachers = possible_teachers(batch).annotate(batch_total=Count("batches", filter=current))
        super().__init__(teachers, required=False, empty_label="Nobody yet", **kwargs)

    def label_from_instance(self, teacher: Any) -> str:
        """`Ruth Teacher · 3 batches`."""
        return f"{teacher.full_name} · {teacher.batch_total} batch{'' if teacher.batch_total == 1 else 'es'}"


class BatchForm(EditForm[Batch]):
    """A batch as staff write it, perhaps two of them at once."""

    class Meta:
        model = Batch
        fields: ClassVar[list[str]] = [
            *("name", "course", "teacher", "start", "end", "end_ends_access", "capacity", "fee")
        ]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "start": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "end": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "capacity": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "end_ends_access": forms.CheckboxInput(attrs={"class": "checkbox"}),
            "fee": forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        }
        help_texts: ClassVar[dict[str, str]] = {"end": "Empty while it is open."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teacher = TeacherField(self.instance, label="Teacher")
        teacher.show_hidden_initial = self.fields["teacher"].show_hidden_initial
        self.fields["teacher"] = teacher
        self._choices("course").empty_label = "Choose a course"
        self.fields["fee"].label = f"Fee ({self.instance.currency})"

    def _choices(self, name: str) -> Any:
        return self.fields[name]


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
            Batch.objects.visible_to(user).exclude(pk=source.pk).exclude(end__lt=academy_today()),
            error_messages={"required": said, "invalid_choice": said},
        )


def first_error(problem: forms.Form | ValidationError) -> str:
    """The first thing that is wrong, in one sentence."""
    if isinstance(problem, ValidationError):
        return str(problem.messages[0])
    return next((str(errors[0]) for errors in problem.errors.values()), "")
