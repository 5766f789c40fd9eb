"""Forms for a quiz, its questions and extra time."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from apps.assessments.actions import NewQuestion
from apps.assessments.deadlines import MOST_FACTOR, MOST_MINUTES
from apps.assessments.marking import Kind, comparable, read_number
from apps.assessments.models import Question, Quiz
from apps.core.text import TidyField
from apps.courses.models import Lesson

NUMBER = {"inputmode": "numeric"}
MOMENT = "%Y-%m-%dT%H:%M"
# Marks a right option, as `* Paris`.
RIGHT = re.compile(r"\*[ \t]+")
MOST_OPTIONS = 50
CHOOSE = dict.fromkeys(("required", "invalid_choice", "invalid_pk_value"), "Choose one of these.")


def moment_field(label: str, help_text: str = "") -> forms.DateTimeField:
    """A date and time on the reader's clock."""
    return forms.DateTimeField(
        required=False,
        label=label,
        help_text=help_text,
        input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"}),
        error_messages={"invalid": "Give a day and a time, such as 2026-11-30 09:00."},
    )


class QuizForm(forms.ModelForm[Quiz]):
    """A quiz's settings, without its questions."""

    title = TidyField(max_length=160, error_messages={"required": "Give the quiz a title."})
    description = TidyField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3}))
    opens = moment_field("Opens", "Leave empty to open it as soon as it is published.")
    no_start_after = moment_field("No start after", "Anyone who has started by then keeps the full time.")
    ends_at = moment_field("Ends for everyone at", "Anyone still answering is stopped then.")

    class Meta:
        model = Quiz
        fields: ClassVar[list[str]] = [
            *("title", "description", "lesson", "minutes", "opens", "no_start_after", "ends_at"),
            *("attempts_allowed", "counts", "pass_percent", "partial", "shuffle_questions", "shuffle_options"),
            *("shows_mark", "shows_answers", "result_when", "shows_key", "shows_feedback", "key_when"),
        ]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            name: forms.NumberInput(attrs=NUMBER) for name in ("minutes", "attempts_allowed", "pass_percent")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Q(quiz=None) | Q(quiz=self.instance.pk) if self.instance.pk else Q(quiz=None)
        lessons = Lesson.objects.present().filter(free, kind="quiz", module__course=self.instance.course_id)
        field = forms.ModelChoiceField(
            lessons.in_order(),
            required=False,
            empty_label="None",
            label="Lesson",
            help_text="A lesson of the kind “Quiz” in the outline.",
        )
        self.fields["lesson"] = field
        for each in self.fields.values():
            if isinstance(each, forms.ChoiceField):
                each.error_messages |= CHOOSE

    def clean(self) -> dict[str, Any]:
        """Refuse times that lie before `opens`, each at its field."""
        cleaned = super().clean() or self.cleaned_data
        opens = cleaned.get("opens")
        for name, said in (("no_start_after", "closes"), ("ends_at", "ends")):
            if opens and cleaned.get(name) and cleaned[name] <= opens:
                self.add_error(name, f"It {said} before it opens.")
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """The changed fields; every field of a new quiz."""
        names = self.changed_data if self.instance.pk else list(self.fields)
        return {name: self.cleaned_data[name] for name in names}


class QuestionForm(forms.Form):
    """A question of one kind. Options are one a line; right ones begin with `* `."""

    text = TidyField(
        label="Question",
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write the question."},
    )
    options = TidyField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 5}))
    is_true = forms.ChoiceField(
        required=False,
        label="The statement is",
        choices=[("true", "True"), ("false", "False")],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    variants = TidyField(
        required=False,
        max_length=5_000,
        label="Accepted answers",
        help_text="One a line. Case and extra spaces don’t matter; anything else must match exactly.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    case_matters = forms.BooleanField(required=False, label="Upper and lower case matter")
    number_key = TidyField(required=False, max_length=60, label="Right number")
    tolerance = TidyField(required=False, max_length=60, label="Tolerance", help_text="How far off still counts.")
    points = forms.CharField(label="Points", max_length=10, initial="1", error_messages={"required": "Give it points."})
    feedback = TidyField(
        required=False,
        max_length=5_000,
        strip=False,
        help_text="Shown with the right answers.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    OWN: ClassVar[dict[str, tuple[str, ...]]] = {
        Kind.SINGLE: ("options",),
        Kind.MULTIPLE: ("options",),
        Kind.TRUE_FALSE: ("is_true",),
        Kind.TEXT: ("variants", "case_matters"),
        Kind.NUMBER: ("number_key", "tolerance"),
    }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = Kind(kind)
        every = {name for names in self.OWN.values() for name in names}
        for name in every - {*self.OWN[self.kind]}:
            del self.fields[name]
        if "options" in self.fields:
            right = "the right one" if self.kind == Kind.SINGLE else "each right one"
            self.fields["options"].help_text = f"One option a line. Begin {right} with a star: * Paris"

    def clean_points(self) -> Decimal:
        """A number from 0.01 to 10000 with at most two decimals."""
        points = read_number(self.cleaned_data["points"])
        if points is None or not Decimal("0.01") <= points <= 10_000 or points != round(points, 2):
            raise ValidationError("Give points from 0.01 to 10000, with two decimals at most.")
        return points

    def clean_options(self) -> tuple[tuple[str, bool], ...]:
        """The lines as (text, is right); raises ValidationError with the reason."""
        lines = [line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip()]
        found = [(line[star.end() :], True) if (star := RIGHT.match(line)) else (line, False) for line in lines]
        if why := options_problem(self.kind, found):
            raise ValidationError(why)
        return tuple(found)

    def clean_is_true(self) -> str:
        """True or false, which is required."""
        if not self.cleaned_data["is_true"]:
            raise ValidationError("Choose true or false.")
        return str(self.cleaned_data["is_true"])

    def clean_variants(self) -> str:
        """At least one answer a line, duplicates removed."""
        lines = [line.strip() for line in self.cleaned_data["variants"].splitlines() if line.strip()]
        if not lines:
            raise ValidationError("Write at least one accepted answer.")
        return "\n".join(dict.fromkeys(lines))

    def clean_number_key(self) -> str:
        """A number as `read_number` takes it."""
        if read_number(self.cleaned_data["number_key"]) is None:
            raise ValidationError("Write the right number, such as 3.5 or 3,5.")
        return str(self.cleaned_data["number_key"])

    def clean_tolerance(self) -> str:
        """A non-negative number; empty means 0."""
        typed = self.cleaned_data["tolerance"] or "0"
        found = read_number(typed)
        if found is None or found < 0:
            raise ValidationError("Write a number from 0 on, such as 0.01.")
        return str(typed)

    @property
    def written(self) -> NewQuestion:
        """The question for `save_question`."""
        cleaned = dict(self.cleaned_data)
        if is_true := cleaned.pop("is_true", ""):
            cleaned["options"] = (("True", is_true == "true"), ("False", is_true == "false"))
        return NewQuestion(kind=self.kind, **cleaned)


def options_problem(kind: str, options: list[tuple[str, bool]], *, are_rows: bool = False) -> str:
    """The sentence that refuses these (text, is right) pairs; empty if they are valid.

    `are_rows` says how they were typed: as rows with a box to tick, or as lines of which right ones begin with a star.
    """
    texts = [comparable(text) for text, _ in options]
    if twice := next((text for text, _ in options if texts.count(comparable(text)) > 1), ""):
        return f"“{twice[:60]}” is listed twice."
    right = sum(is_right for _, is_right in options)
    if len(options) < 2:
        return "Write at least two options." if are_rows else "Write at least two options, one a line."
    if len(options) > MOST_OPTIONS:
        return f"A question has at most {MOST_OPTIONS} options."
    if any(len(text) > 1_000 for text, _ in options):
        return "An option has at most 1000 characters."
    if not right:
        return f"Mark the right option: {'tick its box' if are_rows else 'begin its line with a star and a space'}."
    how = "tick one box" if are_rows else "mark one with a star"
    return f"Only one option can be right here: {how}." if kind == Kind.SINGLE and right > 1 else ""


def initial_of(question: Question) -> dict[str, Any]:
    """Initial values of the form for a question."""
    version = question.current
    assert version
    key = version.key
    right, numbers = key.right, version.kind == Kind.NUMBER and key.number is not None
    options = list(version.choices.all())
    return {
        "text": version.text,
        "options": "\n".join(f"* {each.text}" if each.pk in right else each.text for each in options),
        "is_true": "true" if any(each.pk in right and each.text == "True" for each in options) else "false",
        "variants": "\n".join(key.variants) or version.variants,
        "case_matters": version.case_matters,
        "number_key": f"{key.number:f}" if numbers else version.number_key,
        "tolerance": f"{key.tolerance:f}" if numbers else version.tolerance,
        "points": f"{version.points.normalize():f}",
        "feedback": version.feedback,
    }


class MinutesForm(forms.Form):
    """Minutes to add to one attempt, or to everybody's."""

    minutes = forms.IntegerField(
        min_value=1,
        max_value=MOST_MINUTES,
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), "Give a number of minutes."),
    )


class AccommodationForm(forms.Form):
    """A student's extra time for every quiz."""

    factor = forms.DecimalField(
        label="Times the usual time",
        min_value=1,
        max_value=MOST_FACTOR,
        max_digits=4,
        decimal_places=2,
        initial=Decimal(1),
        help_text="1.25 is a quarter more, 2 is double time.",
    )
    minutes = forms.IntegerField(label="Plus minutes", min_value=0, max_value=MOST_MINUTES, initial=0)
