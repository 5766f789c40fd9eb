"""Forms for enrollments, invitations and codes."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.courses.actions import NewCode
from apps.courses.models import Batch, Course, Enrollment
from apps.students.models import Student

MOST_DAYS = 3_650
MOST_USES = 100_000


def _day(label: str, help_text: str = "", **more: Any) -> forms.DateField:
    shown = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, widget=shown, **more)


def _count(label: str, most: int, help_text: str = "", **more: Any) -> forms.IntegerField:
    limits = [MinValueValidator(1), MaxValueValidator(most)]
    shown = forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": most})
    return forms.IntegerField(label=label, help_text=help_text, widget=shown, validators=limits, **more)


class StudentField(forms.ModelChoiceField[Student]):
    """A student whom the person may see."""

    def __init__(self, user: User) -> None:
        said = "Choose a student."
        students = Student.objects.visible_to(user)
        super().__init__(students, error_messages={"required": said, "invalid_choice": said})


class DatesForm(forms.Form):
    """The first and last day of a student's access to a course."""

    begins = _day("From", error_messages={"required": "Choose the first day."})
    ends = _day("Until", "The last day. Leave empty for no end.", required=False)

    def __init__(self, *args: Any, enrollment: Enrollment | None = None, **kwargs: Any) -> None:
        if enrollment:
            kwargs["initial"] = {"begins": enrollment.enrolled_on, "ends": enrollment.last_day}
        super().__init__(*args, **kwargs)


class EnrollForm(DatesForm):
    """A student and the dates, starting today by default."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"begins": academy_today()}} | kwargs)
        self.fields["begins"].required = False
        self.fields["student"] = StudentField(user)


class InviteForm(forms.Form):
    """A student to invite."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student"] = StudentField(user)


class CodeForm(forms.Form):
    """A new code: a chosen word or a random one, and what it grants."""

    text = forms.CharField(
        label="Code",
        max_length=40,
        required=False,
        help_text="Choose a word, or leave it empty for random letters that nobody can guess.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    uses = _count("Uses", MOST_USES, "How many students can use it.", initial=30)
    last_day = _day("Until", "The last day. Leave empty to keep it open.", required=False)
    access_days = _count(
        "Days of access", MOST_DAYS, "Counted from the day after joining. Leave empty for no end.", required=False
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        batches = Batch.objects.filter(course=course).exclude(end__lt=academy_today())
        self.fields["batch"] = forms.ModelChoiceField(
            batches, required=False, label="Batch", empty_label="None, just the course"
        )

    @property
    def asked(self) -> NewCode:
        """The cleaned data for `make_code`."""
        return NewCode(**self.cleaned_data)


class UseCodeForm(forms.Form):
    """A code as a student types it."""

    code = forms.CharField(
        max_length=80,
        error_messages={"required": "Type the code that you were given."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
        ),
    )
