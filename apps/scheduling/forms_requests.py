"""What comes in of requests: whom one asks for a lesson, and other times."""

from datetime import date, time
from typing import Any

from django import forms

from apps.accounts.models import Role, User
from apps.core.form_fields import day_field
from apps.core.text import TidyField
from apps.scheduling import policies
from apps.scheduling.actions import AS_ASKED, InRoom, WallTime
from apps.scheduling.forms import CHOOSE_ROOM, RoomField, TimeFields, clock_field, said, zone_field
from apps.scheduling.forms_series import ENDS, RepeatFields
from apps.scheduling.models import LessonRequest, Room
from apps.scheduling.models.requests import MOST_TIMES
from apps.scheduling.recurrence import Rule
from apps.students.fields import StudentsField
from apps.students.models import Student


class RequestForm(RepeatFields, TimeFields):
    """A lesson that somebody asks for. Who asks has one side; the other is chosen of those whom they may ask."""

    subject = TidyField(max_length=120, error_messages={"required": "Say what the lesson is about."})
    place = TidyField(max_length=200, required=False, help_text="A link, or where it is.")
    note = TidyField(
        label="Message", max_length=1_000, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    repeats = forms.BooleanField(label="Repeat it", required=False, help_text="A request for a series of lessons.")
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        ends = self.fields["ends"]
        assert isinstance(ends, forms.ChoiceField)
        ends.choices = [("count", ENDS["count"]), ("until", ENDS["until"]), ("open", "Never")]
        if self.is_bound and not self.data.get("repeats"):
            for name in RepeatFields.base_fields:
                self.fields[name].required = False
        teachers = User.objects.filter(role=Role.TEACHER, is_active=True).order_by("given_name", "family_name", "pk")
        if user.role == Role.STUDENT:
            teachers = policies.teachers_of(Student.objects.get(user=user))
        if user.role != Role.TEACHER:
            self.fields["teacher"] = forms.ModelChoiceField(
                teachers, empty_label="Choose a teacher", error_messages=said("Choose a teacher.")
            )
        if user.role != Role.STUDENT:
            field = StudentsField(label="Student", help_text="A code or a full name.")
            field.error_messages |= said("Type the code or the full name of a student.")
            field.queryset = Student.objects.visible_to(user)
            self.fields["student"] = field

    def check_end(self, cleaned: dict[str, Any]) -> None:
        """Only what repeats has an end."""
        if cleaned.get("repeats"):
            super().check_end(cleaned)

    def clean_student(self) -> Student:
        """One student."""
        students: list[Student] = self.cleaned_data["student"]
        if len(students) != 1:
            raise forms.ValidationError("A request is for one student.", code="several")
        return students[0]

    @property
    def sides(self) -> dict[str, Any]:
        """The student and the teacher whom the lesson is for."""
        if self.user.role == Role.STUDENT:
            return {"student": Student.objects.get(user=self.user), "teacher": self.cleaned_data["teacher"]}
        teacher = self.user if self.user.role == Role.TEACHER else self.cleaned_data["teacher"]
        return {"student": self.cleaned_data["student"], "teacher": teacher}

    @property
    def wanted_rule(self) -> Rule | None:
        """How it repeats; None for one lesson."""
        return self.rule if self.cleaned_data["repeats"] else None

    @property
    def time(self) -> WallTime:
        """When."""
        return WallTime(self.cleaned_data["day"], self.cleaned_data["at"], self.cleaned_data["zone"])


class TimesForm(forms.Form):
    """One to MOST_TIMES other times, on one clock; rows that are empty don't count."""

    word = TidyField(label="Message", max_length=300, required=False)

    def __init__(self, *args: Any, zones: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_TIMES + 1):
            self.fields[f"day_{number}"] = day_field(required=number == 1, label=f"Day {number}")
            self.fields[f"at_{number}"] = clock_field(required=number == 1, label=f"Time {number}")
        self.fields["zone"] = zone_field(zones)
        self.one_zone = len(zones) == 1

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The fields of each time."""
        return [(self[f"day_{number}"], self[f"at_{number}"]) for number in range(1, MOST_TIMES + 1)]

    def clean(self) -> dict[str, Any]:
        """A day has a time, and a time a day."""
        cleaned = super().clean() or self.cleaned_data
        for number in range(2, MOST_TIMES + 1):
            for one, other in (("day", "at"), ("at", "day")):
                missing = f"{other}_{number}"
                if cleaned.get(f"{one}_{number}") and missing not in self.errors and not cleaned.get(missing):
                    self.add_error(missing, "Give the day and the time, or leave both empty.")
        return cleaned

    @property
    def times(self) -> list[WallTime]:
        """The times that were given, in order."""
        pairs: list[tuple[date | None, time | None]] = [
            (self.cleaned_data.get(f"day_{number}"), self.cleaned_data.get(f"at_{number}"))
            for number in range(1, MOST_TIMES + 1)
        ]
        return [WallTime(day, at, self.cleaned_data["zone"]) for day, at in pairs if day and at]


class AnswerRoom(forms.Form):
    """The room that a teacher or staff choose when they answer a request. Students have no such field."""

    room = RoomField(Room.objects.none(), required=False, empty_label="No room", error_messages=said(CHOOSE_ROOM))

    def __init__(self, *args: Any, user: User, asked: LessonRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["room"]
        assert isinstance(field, RoomField)
        field.queryset = Room.objects.offered_to(user) | Room.objects.filter(pk=asked.room_id or 0)
        field.initial = asked.room_id
        if not (policies.may_choose_room(user) and field.queryset.exists()):
            del self.fields["room"]

    @property
    def chosen(self) -> InRoom:
        """The chosen room of a valid form; AS_ASKED if the form has no such field."""
        room: InRoom = self.cleaned_data["room"] if "room" in self.fields else AS_ASKED
        return room


class OfferForm(AnswerRoom, TimesForm):
    """Other times for a requested lesson, and its room."""
