"""What people say of the notifications that they want."""

from datetime import datetime
from typing import Any

from django import forms

from apps.core.formats import clock
from apps.notifications.models import DAYS, Rhythm, Schedule

# As a browser's own field for a time wants it, whatever the reader's language.
CLOCK = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input input-sm"})


class ScheduleForm(forms.Form):
    """When one wants to be told, on one's own clock."""

    quiet_from = forms.TimeField(
        widget=CLOCK, required=False, error_messages={"invalid": "Enter a time, such as 22:00."}
    )
    quiet_until = forms.TimeField(
        widget=CLOCK, required=False, error_messages={"invalid": "Enter a time, such as 07:00."}
    )
    digest = forms.ChoiceField(choices=Rhythm, error_messages={"invalid_choice": "Choose one of the two."})
    digest_day = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(DAYS)), error_messages={"invalid_choice": "Choose a day of the week."}
    )
    digest_hour = forms.TypedChoiceField(
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        error_messages={"invalid_choice": "Choose an hour of the day."},
    )

    def __init__(self, schedule: Schedule, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(schedule, name) for name in self.base_fields})
        field = self.fields["digest_hour"]
        assert isinstance(field, forms.TypedChoiceField)
        for name in ("digest", "digest_day", "digest_hour"):
            self.fields[name].widget.attrs["class"] = "select select-sm"
        field.choices = [(hour, clock(datetime(2000, 1, 1, hour))) for hour in range(24)]

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and an end."""
        data: dict[str, Any] = super().clean() or {}
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if begin and not end and "quiet_until" not in self.errors:
            self.add_error("quiet_until", "Say until when, or leave both empty.")
        if end and not begin and "quiet_from" not in self.errors:
            self.add_error("quiet_from", "Say from when, or leave both empty.")
        return data


MAX_ID = 2**63 - 1


class ReadingForm(forms.Form):
    """Up to which notification all are read."""

    upto = forms.IntegerField(min_value=0, max_value=MAX_ID)
