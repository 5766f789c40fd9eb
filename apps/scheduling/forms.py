"""What comes in: lessons, moves, rooms. Times are on the clock that the form names."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_today
from apps.core.editing import EditForm
from apps.core.form_fields import day_field
from apps.core.text import TidyField
from apps.courses.models import Batch
from apps.scheduling.models import Booking, Room
from apps.scheduling.models.times import LONGEST, SHORTEST
from apps.students.fields import StudentsField
from apps.students.models import Student

LENGTHS = (30, 45, 60, 90, 120)
CHOOSE_ROOM = "Choose one of the rooms, or none."


def said(text: str) -> dict[str, str]:
    """What a field says of a choice that it doesn't offer."""
    return dict.fromkeys(("required", "invalid_choice", "invalid_pk_value", "invalid_list"), text)


def clock_field(**kwargs: Any) -> forms.TimeField:
    """A time of day, in steps of five minutes."""
    return forms.TimeField(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": "300"}), **kwargs)


def zone_field(zones: dict[str, str]) -> forms.ChoiceField:
    """On whose clock the times are: names of zones, each with what it is called; the first unless chosen otherwise."""
    return forms.ChoiceField(
        label="On the clock of",
        choices=list(zones.items()),
        initial=next(iter(zones)),
        error_messages=said("Choose one of these clocks."),
    )


class TimeFields(forms.Form):
    """A day, a time of day and a length in minutes, on the clock of `zone`."""

    day = day_field()
    at = clock_field(label="Time")
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=SHORTEST,
        max_value=LONGEST,
        initial=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "list": "lengths"}),
    )

    lengths = LENGTHS

    def __init__(self, *args: Any, zones: dict[str, str], **kwargs: Any) -> None:
        data = args[0] if args else kwargs.pop("data", None)
        self.took = bool(data) and bool(TAKEN.fullmatch(data.get("take", "")))
        super().__init__(_with_taken(data) if self.took and data else data, *args[1:], **kwargs)
        self.fields["zone"] = zone_field(zones)
        self.one_zone = len(zones) == 1

    def is_valid(self) -> bool:
        """A button with a free time fills the form in: it is sent by the next click."""
        return super().is_valid() and not self.took


# A free time as its button sends it.
TAKEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


def _with_taken(data: Any) -> Any:
    day, at = data["take"].split("T")
    filled = data.copy()
    filled["day"], filled["at"] = day, at
    return filled


def wall_time_of(wanted: str, zones: dict[str, str]) -> dict[str, Any]:
    """A time in an address (`2026-10-27T16:15`) as fields: on the reader's clock, the first one. Empty for none."""
    if not TAKEN.fullmatch(wanted):
        return {}
    day, at = wanted.split("T")
    return {"day": day, "at": at, "zone": next(iter(zones))}


def zones_for(user: User, *others: str) -> dict[str, str]:
    """The clocks that a form of this person may be filled in on: their own first, then the academy's and others'."""
    academy = timezone.get_default_timezone_name()
    names = dict.fromkeys(filter(None, [user.time_zone or academy, academy, *others]))
    own = next(iter(names))
    return {name: f"{_city(name)}{' (yours)' if name == own else ''}" for name in names}


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


class BatchField(forms.ModelChoiceField[Batch]):
    """A batch, named with its course: two courses may each have a Monday group."""

    def label_from_instance(self, batch: Any) -> str:
        """`Algebra: Monday group`."""
        return f"{batch.course.title}: {batch.name}"


class RoomField(forms.ModelChoiceField[Room]):
    """A room, named with its seats."""

    def label_from_instance(self, room: Any) -> str:
        """`Hall · 9 seats`."""
        return f"{room.name} · {room.seats_in_words}" if room.seats else room.name


class BookingForm(TimeFields):
    """A lesson for a batch, or for students by name."""

    subject = TidyField(max_length=120, error_messages={"required": "Say what the lesson is about."})
    teacher = forms.ModelChoiceField(
        User.objects.none(), empty_label="Choose a teacher", error_messages=said("Choose a teacher.")
    )
    batch = BatchField(
        Batch.objects.none(),
        required=False,
        empty_label="No batch: students by name",
        error_messages=said("Choose one of the batches, or none."),
    )
    students = StudentsField(required=False, help_text="Codes or full names, separated by commas.")
    room = RoomField(Room.objects.none(), required=False, empty_label="No room", error_messages=said(CHOOSE_ROOM))
    place = TidyField(max_length=200, required=False, help_text="A link, or where it is.")
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(role=Role.TEACHER, is_active=True).order_by("given_name", "family_name", "pk")
        self._choices("teacher", teachers)
        current = Batch.objects.visible_to(user).exclude(end__lt=academy_today())
        self._choices("batch", current.order_by("course__title", "name", "pk").select_related("course"))
        students = self.fields["students"]
        assert isinstance(students, StudentsField)
        students.queryset = Student.objects.visible_to(user)
        self._choices("room", Room.objects.visible_to(user).open())

    def _choices(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean(self) -> dict[str, Any]:
        """Either a batch or students."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("batch") and cleaned.get("students"):
            self.add_error("students", "Choose a batch or students by name, not both.")
        elif "students" not in self.errors and not cleaned.get("batch") and not cleaned.get("students"):
            self.add_error("students", "Choose at least one student, or a batch.")
        return cleaned


class RescheduleForm(TimeFields):
    """Another time for a lesson, and why."""

    room = RoomField(Room.objects.none(), required=False, empty_label="No room", error_messages=said(CHOOSE_ROOM))
    why = TidyField(label="Why", max_length=300, required=False, help_text="Those who take part read it.")
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, booking: Booking, user: User, wanted: str = "", **kwargs: Any) -> None:
        own = {"day": booking.day, "at": booking.at, "minutes": booking.minutes, "room": booking.room_id}
        own |= {"zone": booking.zone} | wall_time_of(wanted, kwargs["zones"])
        super().__init__(*args, initial=own, **kwargs)
        room = self.fields["room"]
        assert isinstance(room, forms.ModelChoiceField)
        room.queryset = Room.objects.visible_to(user).open() | Room.objects.filter(pk=booking.room_id or 0)


class RoomForm(EditForm[Room]):
    """A room as staff write it, perhaps two of them at once."""

    class Meta:
        model = Room
        fields: ClassVar[list[str]] = ["name", "seats", "is_open"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "seats": forms.NumberInput(attrs={"inputmode": "numeric"}),
            "is_open": forms.CheckboxInput(attrs={"class": "checkbox"}),
        }


def instead_of_room(clash: ValidationError) -> str:
    """The sentence that a room is taken, and which rooms are free."""
    rooms: Sequence[Room] = getattr(clash, "rooms", ())
    names = [f"{room.name} ({room.seats_in_words})" if room.seats else room.name for room in rooms]
    free = "No other room is"
    if names:
        *most, last = names
        free = f"{', '.join(most)} and {last} are" if most else f"{last} is"
    return f"{clash.messages[0]} {free} free then."


def add_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """What an action refused, at its fields; what has none of the form's fields stands above them."""
    if not hasattr(error, "error_dict"):
        at_room = getattr(error, "code", None) == "room" and "room" in form.fields
        form.add_error("room" if at_room else None, instead_of_room(error) if at_room else error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
