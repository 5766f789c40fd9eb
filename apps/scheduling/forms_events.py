"""What comes in of own events."""

from typing import Any

from django import forms

from apps.core.form_fields import check_day, day_field
from apps.core.text import TidyField
from apps.scheduling.actions import Happening
from apps.scheduling.forms import LENGTHS, clock_field, said, zone_field
from apps.scheduling.models import OwnEvent
from apps.scheduling.models.times import LONGEST, SHORTEST
from apps.scheduling.recurrence import Pattern, Rule

WEEKDAYS = [(str(number), name) for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))]
REPEATS = [
    ("", "Once"),
    (Pattern.WEEKLY, "By weeks"),
    (Pattern.MONTH_DAY, "By months, on the same date"),
    (Pattern.MONTH_WEEKDAY, "By months, on the same weekday"),
    (Pattern.MONTH_END, "By months, on the last day"),
]
NO_SUCH = said("Choose one of these.")


class EventForm(forms.Form):
    """An event: on whole days or from a time on, once or repeated, busy or free."""

    title = TidyField(max_length=120, error_messages={"required": "Give it a title."})
    first = day_field(label="Day")
    all_day = forms.BooleanField(label="All day", required=False)
    last = day_field(label="Last day", required=False, help_text="For all-day events: it counts too.")
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
        label="On", choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple, error_messages=NO_SUCH
    )
    until = forms.DateField(
        label="Until",
        required=False,
        validators=[check_day],
        help_text="Empty: without an end.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    notes = TidyField(max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    lengths = LENGTHS

    def __init__(self, *args: Any, zones: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"] = zone_field(zones)
        self.one_zone = len(zones) == 1

    def clean(self) -> dict[str, Any]:
        """Whole days, or a time and a length; an end that isn't before the start."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("all_day"):
            for name, text in (("at", "Give a time, or choose all day."), ("minutes", "Give a length in minutes.")):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, text)
        first = cleaned.get("first")
        for name in ("last", "until"):
            if first and cleaned.get(name) and cleaned[name] < first and (name == "until" or cleaned.get("all_day")):
                self.add_error(name, "This is before the first day.")
        return cleaned

    @property
    def happening(self) -> Happening:
        """What was filled in."""
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


def filled_in(event: OwnEvent) -> dict[str, Any]:
    """An event as its form shows it."""
    own: dict[str, Any] = {
        name: getattr(event, name)
        for name in ("title", "first", "last", "at", "minutes", "is_private", "notes", "zone")
    }
    if event.repeats:
        own |= {"pattern": event.pattern, "interval": event.interval, "weekdays": list(event.weekdays)}
    shows = "busy" if event.is_busy else "free"
    return own | {"all_day": event.is_all_day, "shows": shows, "until": event.until if event.repeats else None}
