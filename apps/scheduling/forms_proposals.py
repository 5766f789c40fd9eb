"""What comes in of proposals to move a lesson."""

from typing import Any

from django import forms

from apps.accounts.models import User
from apps.scheduling.forms import said
from apps.scheduling.forms_requests import TimesForm
from apps.scheduling.models import Side


class ProposalForm(TimesForm):
    """One to three other times for a lesson, and why; staff say on whose behalf."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["word"].label = "Why"
        self.fields["word"].help_text = "The other side reads it."
        if user.sees_all:
            self.fields["side"] = forms.ChoiceField(
                label="On behalf of",
                choices=[
                    (Side.TEACHER, "The teacher: the student answers"),
                    (Side.STUDENT, "The student: the teacher answers"),
                ],
                error_messages=said("Choose the side that proposes."),
            )
