"""What comes in of proposals to move a lesson."""

from typing import Any

from django import forms

from apps.accounts.models import User
from apps.scheduling.forms import TAKEN, said
from apps.scheduling.forms_requests import TimesForm
from apps.scheduling.models import Side
from apps.scheduling.models.requests import MOST_TIMES


class ProposalForm(TimesForm):
    """One to three other times for a lesson, and why; staff say on whose behalf."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    anyway = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *args: Any, user: User, **kwargs: Any) -> None:
        sent, self.took = data, False
        for number in range(1, MOST_TIMES + 1):
            if sent and TAKEN.fullmatch(taken := sent.get(f"take_{number}", "")):
                data, self.took = sent.copy(), True
                data[f"day_{number}"], data[f"at_{number}"] = taken.split("T")
        super().__init__(data, *args, **kwargs)
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

    def is_valid(self) -> bool:
        """A button with a free time fills the form in: it is sent by the next click."""
        return super().is_valid() and not self.took
