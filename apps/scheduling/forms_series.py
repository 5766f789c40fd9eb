"""What comes in of series: how they repeat, and what is chosen for single dates."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from apps.accounts.models import Role, User
from apps.core.form_fields import day_field
from apps.core.formats import day as written
from apps.scheduling.actions import Choice, NewSeries
from apps.scheduling.forms import BookingForm, said
from apps.scheduling.models import Room, Series
from apps.scheduling.recurrence import MOST, Pattern, Rule
from apps.scheduling.wall_time import local_day
from apps.students.fields import StudentsField
from apps.students.models import Status, Student

WEEKDAYS = [("0", "Mon"), ("1", "Tue"), ("2", "Wed"), ("3", "Thu"), ("4", "Fri"), ("5", "Sat"), ("6", "Sun")]
ENDS = {
    "open": "Never, or when the batch ends",
    "until": "On a day",
    "count": "After a number of lessons",
}
PATTERNS = {
    Pattern.WEEKLY: "Weeks, on chosen days",
    Pattern.MONTH_DAY: "Months, on the date of the first lesson (the last day of a shorter month)",
    Pattern.MONTH_END: "Months, on the last day",
    Pattern.MONTH_WEEKDAY: "Months, on the weekday of the first lesson, like the second Tuesday",
}


class RepeatFields(forms.Form):
    """How something repeats from `day` on, and until when."""

    most = MOST

    pattern = forms.ChoiceField(
        label="Repeats by", choices=list(PATTERNS.items()), initial=Pattern.WEEKLY, error_messages=said("Choose one.")
    )
    interval = forms.IntegerField(
        label="Every",
        min_value=1,
        max_value=52,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text="1 means every one, 2 every other one.",
    )
    weekdays = forms.MultipleChoiceField(
        label="On",
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=said("Choose among the seven days."),
        help_text="For weeks. None means the weekday of the first lesson.",
    )
    ends = forms.ChoiceField(label="Ends", choices=list(ENDS.items()), error_messages=said("Choose when it ends."))
    until = day_field(label="Last day", required=False)
    count = forms.IntegerField(
        label="Lessons",
        required=False,
        min_value=1,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"max_value": f"A series has {MOST} lessons at most."},
    )

    def clean(self) -> dict[str, Any]:
        """The end that was chosen is there."""
        cleaned = super().clean() or self.cleaned_data
        self.check_end(cleaned)
        return cleaned

    def check_end(self, cleaned: dict[str, Any]) -> None:
        """Say what is missing of the end that was chosen."""
        ends = cleaned.get("ends")
        if ends == "until" and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", "Give the last day.")
        if ends == "count" and not cleaned.get("count") and "count" not in self.errors:
            self.add_error("count", "Say how many lessons.")

    @property
    def rule(self) -> Rule:
        """The rule, once the form is valid. Weekdays are for weeks alone."""
        own = self.cleaned_data
        days = frozenset(int(day) for day in own["weekdays"]) if own["pattern"] == Pattern.WEEKLY else frozenset()
        until = own["until"] if own["ends"] == "until" else None
        count = own["count"] if own["ends"] == "count" else None
        return Rule(own["pattern"], own["day"], own["interval"], days, until, count)


class SeriesForm(RepeatFields, BookingForm):
    """A series for a batch, or for students by name; a teacher starts their own."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.user = user
        self.fields["day"].label = "First lesson"
        self._choices("room", Room.objects.offered_to(user))
        if user.role == Role.TEACHER:
            del self.fields["teacher"]

    def clean(self) -> dict[str, Any]:
        """A series begins today or later, on the clock that its times are on."""
        cleaned = super().clean()
        if (day := cleaned.get("day")) and (zone := cleaned.get("zone")):
            today = local_day(timezone.now(), zone)
            if day < today:
                self.add_error("day", f"This day has passed: give {written(today)} or a later one.")
        return cleaned

    @property
    def wanted(self) -> NewSeries:
        """The series, once the form is valid."""
        own = self.cleaned_data
        names = ("subject", "at", "zone", "minutes", "batch", "place", "client_key")
        return NewSeries(
            **{name: own[name] for name in names},
            teacher=own.get("teacher") or self.user,
            room=own["room"],
            students=tuple(own["students"]),
            rule=self.rule,
        )

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Everything that was typed, for the next step."""
        assert isinstance(self.data, QueryDict)
        names = [name for name in self.fields if name != "anyway"]
        return [(name, value) for name in names for value in self.data.getlist(name)]


class SeriesChangeForm(SeriesForm):
    """How a series goes on from a date. A batch's stays for whoever is in the batch."""

    def __init__(self, *args: Any, user: User, series: Series, start: date, **kwargs: Any) -> None:
        rule = series.rule
        left = len(rule.dates_between(start, date.max)) if rule.count else None
        initial = {
            **{name: getattr(series, name) for name in ("subject", "at", "zone", "minutes", "place", "pattern")},
            **{"teacher": series.teacher_id, "room": series.room_id, "day": start, "interval": rule.interval},
            "weekdays": [str(day) for day in sorted(rule.weekdays)],
            "ends": "until" if rule.until else "count" if rule.count else "open",
            "until": rule.until,
            "count": left,
        }
        self.series = series
        super().__init__(*args, user=user, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.fields["day"].label = "First lesson of the new pattern"
        del self.fields["batch"]
        if series.batch:
            del self.fields["students"]
        else:
            self._offer_students(user)
        self._choices("room", Room.objects.offered_to(user) | Room.objects.filter(pk=series.room_id or 0))

    def _offer_students(self, user: User) -> None:
        """Those of the series, whom a teacher may not see any more, and others of this person's."""
        field = self.fields["students"]
        assert isinstance(field, StudentsField)
        field.queryset = Student.objects.filter(
            Q(pk__in=Student.objects.visible_to(user).values("pk"))
            | Q(pk__in=self.series.students.through._default_manager.filter(series=self.series).values("student"))
        )
        now = [student.code for student in self.series.students.all() if student.status != Status.LEFT]
        self.initial["students"] = ", ".join(sorted(now))

    def clean(self) -> dict[str, Any]:
        """A batch stays; of others at least one student is named."""
        cleaned = self.cleaned_data
        self.check_end(cleaned)
        cleaned["batch"] = self.series.batch
        if self.series.batch:
            cleaned["students"] = []
        elif "students" not in self.errors and not cleaned.get("students"):
            self.add_error("students", "Choose at least one student. To call the lessons off, end the series.")
        return cleaned


def choices_of(sent: QueryDict) -> dict[date, Choice]:
    """What was chosen for single dates: `skip=2026-10-13`, and `to-2026-10-13=2026-10-14T17:00`; junk is left out."""
    skipped = {day for day in map(_day, sent.getlist("skip")) if day}
    found = {day: Choice(skip=True) for day in skipped}
    for name in sent:
        if name.startswith("to-") and (day := _day(name.removeprefix("to-"))):
            at = _moment(sent.get(name, ""))
            found[day] = Choice(day in skipped, at.date() if at else None, at.time() if at else None)
    return found


def days_of(sent: QueryDict, name: str) -> set[date]:
    """The dates that are sent under a name, several in one field with commas between them; junk is left out."""
    return {day for text in sent.getlist(name) for day in map(_day, text.split(",")) if day}


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or found.tzinfo or not 2000 <= found.year <= 2100:
        return None
    return found.replace(second=0, microsecond=0)
