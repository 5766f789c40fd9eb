"""What comes in for the settings of support."""

import re
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict

from apps.accounts.models import User
from apps.core.editing import UNREADABLE, EditConflict, EditForm
from apps.support import variables
from apps.support.hours import Intervals
from apps.support.models import BusinessHours, CannedAnswer, Label, SpecialDay, Topic, Weekday
from apps.support.models.hours import MINUTES

INTERVAL = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*(?:-|–|—|to)\s*(\d{1,2})(?:[:.](\d\d))?")


class HoursField(forms.CharField):
    """Intervals of one day, as people write them: 9:00–12:30, 13:30–18:00; nothing is closed."""

    def __init__(self, *, empty: str = "Closed", **options: Any) -> None:
        super().__init__(required=False, max_length=200, **options)
        self.widget.attrs |= {"placeholder": empty, "autocomplete": "off", "inputmode": "text"}

    def prepare_value(self, value: Any) -> Any:
        """Intervals as text; what was typed as it was typed."""
        return written(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The intervals in order; raises ValidationError with the part that is wrong."""
        text = super().clean(value)
        found = sorted(_interval(part.strip()) for part in re.split(r"[,;]", text) if part.strip())
        for (_, closes), (opens, end) in pairwise(found):
            if opens < closes:
                raise ValidationError(f"{clock(opens)}–{clock(end)} begins before the one before it has ended.")
        return found


def _interval(text: str) -> tuple[int, int]:
    match = INTERVAL.fullmatch(text)
    if not match:
        raise ValidationError(f"“{text}” can't be read. Write it like 9:00–12:30.")
    hour, minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
    if max(minute, to_minute) > 59 or max(opens, closes) > MINUTES:
        raise ValidationError(f"“{text}”: a day has times from 0:00 to 24:00.")
    if closes <= opens:
        raise ValidationError(f"“{text}” ends before it begins. A night is two parts: until 24:00, and from 0:00.")
    return opens, closes


def clock(minutes: int) -> str:
    """Minutes after midnight as a time: 9:00."""
    return f"{minutes // 60}:{minutes % 60:02}"


def written(intervals: Intervals) -> str:
    """Intervals as people write them."""
    return ", ".join(f"{clock(opens)}–{clock(closes)}" for opens, closes in intervals)


class WeekForm(forms.Form):
    """The hours of each weekday; it sends what it showed, as EditForm does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week: dict[int | None, list[tuple[int, int]]] = {}
        for row in BusinessHours.objects.filter(day=None):
            week.setdefault(row.weekday, []).append((row.opens, row.closes))
        for day in Weekday:
            # While no day has hours, support is always open.
            empty = "Closed" if week else "All day"
            self.fields[f"day_{day.value}"] = HoursField(label=day.label, initial=week.get(day.value, []), empty=empty)
            said = not self.is_bound or f"initial-day_{day.value}" in self.data
            self.fields[f"day_{day.value}"].show_hidden_initial = said

    def week(self) -> dict[int, Intervals]:
        """The hours of the weekdays that this person changed."""
        return {int(name.removeprefix("day_")): self.cleaned_data[name] for name in self.changed_data}

    def seen(self) -> dict[int, Any]:
        """What each of these held when the form was made, as far as it says so."""
        said = {day: f"initial-day_{day}" for day in self.week()}
        return {day: _read(self.data[name]) for day, name in said.items() if name in self.data}

    def explain_conflict(self, conflict: EditConflict) -> None:
        """Say at each day what somebody else made of it; sending the form once more then means it."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        self.data = data
        for name, value in conflict.current.items():
            data[self.add_initial_prefix(name)] = written(value)
            said = f"changed this to “{written(value)}”" if value else "emptied this"
            self.add_error(name, f"Somebody else {said} while you were editing. Save again to replace that.")


def _read(text: str) -> Any:
    """Intervals of a form's memory of what it showed."""
    try:
        return HoursField().clean(text)
    except ValidationError:
        return UNREADABLE


class SettingForm[M: Model](EditForm[M]):
    """A thing that staff keep for support, made by `user`; it saves nothing by itself."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    @property
    def kept(self) -> dict[str, Any]:
        """The fields to store: of a new thing all, else what this person changed."""
        return self.changes if self.instance.pk else dict(self.cleaned_data)


class SpecialDayForm(SettingForm[SpecialDay]):
    """A day of its own."""

    hours = HoursField(help_text="Nothing: closed all day.")

    class Meta:
        model = SpecialDay
        fields = ("date", "name")
        widgets = {"date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {"name": "People read it while support is closed: New Year's Day."}
        error_messages = {
            "date": {"required": "Choose the day.", "unique": "This day has hours of its own already: change them."},
            "name": {"required": "Give it a name."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            hours = self.instance.hours.order_by("opens")
            self.fields["hours"].initial = list(hours.values_list("opens", "closes"))

    def clean(self) -> dict[str, Any]:
        """What this person did not change stays as the row has it; its hours are none of its columns."""
        hours = self.cleaned_data.pop("hours", [])
        return super().clean() | {"hours": hours}

    def _seen(self, name: str) -> Any:
        """Hours as intervals."""
        return _read(self.data[self.add_initial_prefix(name)]) if name == "hours" else super()._seen(name)

    def explain_conflict(self, conflict: EditConflict) -> None:
        """Hours as people write them."""
        current = dict(conflict.current)
        if "hours" in current:
            current["hours"] = written(current["hours"])
        super().explain_conflict(EditConflict(current))


class TopicForm(SettingForm[Topic]):
    """What a question may be about."""

    class Meta:
        model = Topic
        fields = ("name", "position", "offered")
        labels = {"offered": "Offered to people who ask"}
        error_messages = {"name": {"required": "Give it a name.", "unique": "There is a topic of this name."}}


class LabelForm(SettingForm[Label]):
    """A word that staff put on tickets."""

    class Meta:
        model = Label
        fields = ("name", "tone")
        error_messages = {"name": {"required": "Give it a name.", "unique": "There is a label of this name."}}


class CannedAnswerForm(SettingForm[CannedAnswer]):
    """A text to insert, for oneself or for everyone who answers."""

    shared = forms.BooleanField(required=False, label="Shared with everyone who answers")

    class Meta:
        model = CannedAnswer
        fields = ("title", "folder", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 8})}
        error_messages = {
            "title": {"required": "Give it a title: it is found by it."},
            "body": {"required": "Write the answer."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shared"].initial = self.instance.owner_id is None if self.instance.pk else True

    def clean_body(self) -> str:
        """The text; raises ValidationError where a variable is none of ours."""
        body: str = self.cleaned_data["body"]
        variables.refuse_unknown(body)
        return body

    def clean(self) -> dict[str, Any]:
        """What this person did not change stays as the row has it; whether it is shared is no column of it."""
        shared = self.cleaned_data.pop("shared", False)
        return super().clean() | {"shared": shared}
