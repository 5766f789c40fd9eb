"""The form for a person's own events."""

from datetime import date
from typing import Any

from django import forms

from apps.core.form_fields import check_day, day_field
from apps.core.text import TidyField
from apps.scheduling.actions import Happening, Scope, Which
from apps.scheduling.forms import LENGTHS, clock_field, said, zone_field
from apps.scheduling.models import OwnEvent
from apps.scheduling.models.times import LONGEST, SHORTEST
from apps.scheduling.recurrence import Pattern, Rule

WEEKDAYS = [(str(number), name) for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))]
REPEATS = [
    ("", "Once"),
    (Pattern.WEEKLY, "Weekly"),
    (Pattern.MONTH_DAY, "Monthly, on the same date"),
    (Pattern.MONTH_WEEKDAY, "Monthly, on the same weekday"),
    (Pattern.MONTH_END, "Monthly, on the last day"),
]
NO_SUCH = said("Choose one of these.")
SCOPES = [(Scope.DAY, "Only this day"), (Scope.FOLLOWING, "This and the following"), (Scope.ALL, "All days")]


class EventForm(forms.Form):
    """An event: all day or at a time, once or repeated, busy or free.

    With `day`, one of the days of a repeated event, the form also asks which days to change.
    """

    title = TidyField(max_length=120, error_messages={"required": "Enter a title."})
    first = day_field(label="Day")
    all_day = forms.BooleanField(label="All day", required=False)
    last = day_field(label="Last day", required=False, help_text="For all-day events. This day is included.")
    at = clock_field(label="Time", required=False)
    minutes = forms.IntegerField(
        label="Minutes",
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "list": "lengths"}),
    )
    shows = forms.ChoiceField(label="Shows as", choices=[("busy", "Busy"), ("free", "Free")], error_messages=NO_SUCH)
    is_private = forms.BooleanField(
        label="Private", required=False, help_text="Staff, like everyone else, only see that you are busy."
    )
    pattern = forms.ChoiceField(label="Repeats", choices=REPEATS, required=False, error_messages=NO_SUCH)
    interval = forms.IntegerField(label="Every … weeks or months", required=False, min_value=1, max_value=52, initial=1)
    weekdays = forms.MultipleChoiceField(
        label="On",
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox"}),
        error_messages=NO_SUCH,
    )
    until = forms.DateField(
        label="Until",
        required=False,
        validators=[check_day],
        help_text="Leave empty for no end.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    notes = TidyField(max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    lengths = LENGTHS

    def __init__(self, *args: Any, zones: dict[str, str], day: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        if day:
            self.fields["scope"] = forms.ChoiceField(
                label="Change",
                choices=SCOPES,
                initial=Scope.DAY,
                widget=forms.RadioSelect(attrs={"class": "radio"}),
                error_messages=said("Choose which days to change."),
            )
        self.fields["zone"] = zone_field(zones)
        self.one_zone = len(zones) == 1

    def clean(self) -> dict[str, Any]:
        """Require a time and a length unless it is all day, and an end that isn't before the start."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("all_day"):
            for name, text in (("at", "Give a time, or choose all day."), ("minutes", "Give a length in minutes.")):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, text)
        first = cleaned.get("first")
        # An unchanged end moves with the day, so it may be earlier.
        ends = self.which.scope != Scope.DAY and "until" in self.changed_data
        for name, counts in (("last", cleaned.get("all_day")), ("until", ends)):
            if counts and first and cleaned.get(name) and cleaned[name] < first:
                self.add_error(name, "This is before the first day.")
        return cleaned

    @property
    def which(self) -> Which:
        """The days to change."""
        return Which(self.cleaned_data.get("scope", ""), self.day) if self.day else Which()

    @property
    def happening(self) -> Happening:
        """The event as filled in."""
        said, times = self.cleaned_data, {}
        if said["all_day"]:
            times["last"] = said["last"]
        else:
            times = {name: said[name] for name in ("at", "minutes", "zone")}
        own = {name: said[name] for name in ("title", "first", "notes", "is_private")}
        return Happening(**own, **times, is_busy=said["shows"] == "busy", rule=self._rule())

    def _rule(self) -> Rule | None:
        said = self.cleaned_data
        if not said["pattern"]:
            return None
        weekdays = (
            frozenset(int(each) for each in said["weekdays"]) if said["pattern"] == Pattern.WEEKLY else frozenset()
        )
        return Rule(said["pattern"], said["first"], said["interval"] or 1, weekdays, said["until"])


def filled_in(event: OwnEvent, day: date | None = None) -> dict[str, Any]:
    """The form's initial values for an event, or for one of its days."""
    own: dict[str, Any] = {
        name: getattr(event, name)
        for name in ("title", "first", "last", "at", "minutes", "is_private", "notes", "zone")
    }
    if event.repeats:
        own |= {"pattern": event.pattern, "interval": event.interval, "weekdays": list(event.weekdays)}
    if day:
        own |= {"first": day, "last": event.last and event.last + (day - event.first)}
    shows = "busy" if event.is_busy else "free"
    return own | {"all_day": event.is_all_day, "shows": shows, "until": event.until if event.repeats else None}
