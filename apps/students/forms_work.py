"""What comes in about a student's work: notes and tasks."""

from typing import Any

from django import forms

from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.core.form_fields import day_field
from apps.core.text import TidyField
from apps.students.fields import StudentsField
from apps.students.listing import batches_for
from apps.students.models import Sharing, Student, StudentNote, StudentTask

LONGEST_GROUP = 200


class StudentNoteForm(forms.Form):
    """A note on a student, and who reads it."""

    body = TidyField(
        label="Note",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write the note.", "max_length": "At most 5,000 characters."},
    )
    day = day_field(label="Day", initial=academy_today)
    sharing = forms.ChoiceField(
        label="Who reads it",
        choices=[
            (Sharing.PRIVATE, "Only me"),
            (Sharing.TEAM, "The team: staff and the student’s teachers"),
            (Sharing.SHARED, "The student, too"),
        ],
        initial=Sharing.TEAM,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose who reads it."),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def values_of(note: StudentNote) -> dict[str, Any]:
        """What the form begins with when a note is changed."""
        return {"body": note.body, "day": note.day, "sharing": note.sharing}


class TaskWordsForm(forms.Form):
    """What there is to do, and until when."""

    title = TidyField(
        label="Task",
        max_length=200,
        error_messages={"required": "Say what there is to do.", "max_length": "At most 200 characters."},
    )
    day = day_field(label="Due on", error_messages={"required": "Choose the day it is due."})
    text = TidyField(
        label="Details",
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "At most 5,000 characters."},
    )

    def __init__(self, *args: Any, task: StudentTask | None = None, **kwargs: Any) -> None:
        if task:
            kwargs["initial"] = {"title": task.title, "day": task.day, "text": task.text}
        super().__init__(*args, **kwargs)
        self.task = task

    def clean_day(self) -> Any:
        """Today or later; a task that is overdue may keep its day."""
        day = self.cleaned_data["day"]
        if day < academy_today() and not (self.task and self.task.day == day):
            raise forms.ValidationError("This day has passed. Choose today or a later one.", code="past")
        return day


class TaskForm(TaskWordsForm):
    """A task for students by name, or for everyone who is in a batch today."""

    batch = forms.TypedChoiceField(
        label="For everyone in",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Choose one of these batches."},
    )
    students = StudentsField(
        label="Or for", required=False, help_text="Codes or full names, separated by commas.", max_length=5_000
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = ("students", "batch", "title", "day", "text")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = Student.objects.visible_to(user)
        batch, students = self.fields["batch"], self.fields["students"]
        assert isinstance(batch, forms.TypedChoiceField)
        assert isinstance(students, StudentsField)
        self.batches = batches_for(user)
        batch.choices = [("", "No batch"), *self.batches]
        students.queryset = self.people

    def clean(self) -> dict[str, Any]:
        """Either of the two, and somebody in it."""
        cleaned = super().clean() or self.cleaned_data
        if {"batch", "students"} & set(self.errors):
            return cleaned
        batch, students = cleaned.get("batch"), cleaned.get("students")
        if bool(batch) == bool(students):
            said = "Choose a batch or name students, not both." if batch else "Say whom it is for."
            self.add_error("students", said)
        elif batch and not self.people.in_batch(batch).exists():
            self.add_error("batch", "Nobody is in this batch today.")
        return cleaned

    def recipients(self) -> tuple[list[Student], str]:
        """The students, and the name of their batch if it is for a whole one."""
        batch = self.cleaned_data["batch"]
        if not batch:
            return self.cleaned_data["students"], ""
        return list(self.people.in_batch(batch)), dict(self.batches)[batch][:LONGEST_GROUP]
