"""Forms of the course builder: course details, modules and lessons."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from apps.accounts.models import Role, User
from apps.core import links, markdown
from apps.core.editing import EditConflict, EditForm
from apps.core.text import TidyField
from apps.courses import certificate_rules, completion_rules, embeds, lesson_kinds
from apps.courses.models import Course, Lesson, LessonVersion
from apps.courses.ordering import Shape, lesson_moved, module_moved, moved_to, read_shape

NUMBER = {"inputmode": "numeric"}


class CourseForm(EditForm[Course]):
    """A course's details; only admins and staff choose its teachers."""

    description = TidyField(required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    outcomes = TidyField(
        required=False,
        max_length=2_000,
        label="What you'll learn",
        help_text="One per line.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = Course
        fields: ClassVar[list[str]] = [
            *("title", "summary", "description", "outcomes", "category", "level", "visibility", "open_to_join"),
            *("capacity", "access_days", "certificate_rule"),
        ]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "summary": forms.TextInput(),
            "capacity": forms.NumberInput(attrs=NUMBER),
            "access_days": forms.NumberInput(attrs=NUMBER),
        }
        labels: ClassVar[dict[str, str]] = {"visibility": "Who sees it", "capacity": "Places"}
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "title": {"unique": "There is a course with this title already."}
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("category").empty_label = "None"
        self.fields["description"].help_text = "Markdown: **bold**, lists, tables, links."
        rule = forms.ChoiceField(choices=self._rules(), required=False, label="Certificate")
        rule.show_hidden_initial = self.fields["certificate_rule"].show_hidden_initial
        self.fields["certificate_rule"] = rule
        if user.sees_all:
            self._add_teachers()

    def _rules(self) -> list[tuple[str, str]]:
        """All registered rules; an unregistered one stays selectable until it is replaced."""
        known, held = certificate_rules.choices(), self.instance.certificate_rule
        return known if held in dict(known) else [*known, (held, "As it was")]

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def _add_teachers(self) -> None:
        known = Q(role=Role.TEACHER, is_active=True)
        if self.instance.pk is not None:
            known |= Q(teaching__course=self.instance)
            self.initial["teachers"] = [*self.instance.teachers.values_list("pk", flat=True)]
        field = forms.ModelMultipleChoiceField(
            User.objects.filter(known).distinct(),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="They edit this course and see everyone in it.",
        )
        said = not self.is_bound or self.add_initial_prefix("teachers") in self.data
        field.show_hidden_initial = said and self.instance.pk is not None
        self.fields["teachers"] = field

    def _seen(self, name: str) -> Any:
        """Teachers as the numbers that were ticked."""
        if name != "teachers":
            return super()._seen(name)
        ticked = self.data.getlist(self.add_initial_prefix(name))  # type: ignore[attr-defined]
        return [pk for pk in ticked if pk.isdecimal()]

    def explain_conflict(self, conflict: EditConflict) -> None:
        """Show the current teachers beside the submitted selection."""
        others = dict(conflict.current)
        teachers = others.pop("teachers", None)
        super().explain_conflict(EditConflict(others))
        if teachers is not None:
            self.data.setlist(self.add_initial_prefix("teachers"), [str(each.pk) for each in teachers])  # type: ignore[attr-defined]
            names = ", ".join(map(str, teachers)) or "nobody"
            self.add_error("teachers", f"Somebody else changed this to: {names}. Save again to replace that.")


class LessonForm(EditForm[Lesson]):
    """A lesson as its authors write it: the fields of its kind, and what every lesson has.

    What it was made from is the version that it names: a title or text that is still that version's was not changed by
    this person, whatever somebody else has made of it.
    """

    TEXTS: ClassVar[tuple[str, ...]] = ("title", "body")

    title = TidyField(max_length=160, error_messages={"required": "Give the lesson a title."})
    body = TidyField(required=False, max_length=markdown.LIMIT, label="Text", strip=False, widget=forms.Textarea)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Lesson
        fields: ClassVar[list[str]] = [
            *("title", "url", "body", "minutes", "optional", "preview", "completion_rule", "link_name"),
        ]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "minutes": forms.NumberInput(attrs=NUMBER),
            "url": forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "off", "spellcheck": "false"}),
        }
        labels: ClassVar[dict[str, str]] = {"completion_rule": "It is done when"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = lesson_kinds.find(self.instance.kind)
        self.theirs: LessonVersion | None = None
        # What the front matter of a pasted text brought; what the page says above the form.
        self.taken: dict[str, Any] = {}
        self.error = ""
        self._shown: dict[str, str] = {}
        for name in ("url", "body"):
            if name not in self.kind.fields:
                del self.fields[name]
        if "url" in self.fields:
            self._name_url()
        rule = forms.ChoiceField(choices=self._rules(), label="It is done when")
        rule.show_hidden_initial = self.fields["completion_rule"].show_hidden_initial
        self.fields["completion_rule"] = rule
        self.initial["version"] = self.instance.version
        for name in (*self.TEXTS, "version"):
            if name in self.fields:
                self.fields[name].show_hidden_initial = False
        self._base()

    def _name_url(self) -> None:
        field = forms.CharField(required=False, max_length=500, label="Link", widget=self.fields["url"].widget)
        field.show_hidden_initial = self.fields["url"].show_hidden_initial
        if self.kind is lesson_kinds.EMBED:
            field.label = "Address of the video"
            field.help_text = f"On {embeds.names()}. It loads only when a student clicks it."
        self.fields["url"] = field

    def _rules(self) -> list[tuple[str, str]]:
        """Those of its kind; one that it has though it isn't of its kind any more stays until another is chosen."""
        names = dict.fromkeys([*self.kind.rules, self.instance.completion_rule])
        return completion_rules.choices(names)

    def _base(self) -> None:
        """Take as shown what the named version says; of one that isn't kept, what stands there now."""
        number = str(self.data.get("version", "")) if self.is_bound else ""
        if not number.isdecimal():
            return
        base = LessonVersion.objects.filter(lesson=self.instance.pk, number=int(number[:9])).first()
        self._shown = {
            "title": base.title if base else self.instance.title,
            "body": base.body if base else self.instance.body,
        }
        self.initial.update(self._shown)

    def clean_url(self) -> str:
        """An address that can be followed; of a video the one that is built from its provider and id."""
        typed: str = self.cleaned_data["url"]
        if not typed:
            return ""
        if self.kind is lesson_kinds.EMBED:
            found = embeds.find(typed)
            if found is None:
                raise ValidationError(f"This isn't the address of a video on {embeds.names()}. Copy it from there.")
            return found.src
        destination = links.destination(typed if "://" in typed else f"https://{typed}")
        if destination is None or destination[0].startswith("mailto:"):
            raise ValidationError("This address can't be followed: write one that begins with https://.")
        return destination[0]

    def clean_link_name(self) -> str:
        """A name without folders, which no other lesson of the course has."""
        name: str = self.cleaned_data["link_name"].strip().rpartition("/")[2]
        others = Lesson.objects.filter(module__course=self.instance.module.course_id).exclude(pk=self.instance.pk)
        if name and others.filter(link_name=name, removed_at=None).exists():
            raise ValidationError("Another lesson of this course has this name.")
        return name

    def clean(self) -> dict[str, Any]:
        """Take title and minutes from the front matter of a pasted text, and the text without it."""
        cleaned = super().clean()
        if "body" not in self.changed_data or not cleaned.get("body"):
            return cleaned
        values, body = markdown.front_matter(cleaned["body"])
        if "title" not in values:
            return cleaned
        cleaned["body"] = body.strip()
        self.taken = {"title": str(values["title"])[:160]}
        minutes = sum(value for name in ("teaching", "exercises") if isinstance(value := values.get(name), int))
        if minutes:
            self.taken["minutes"] = min(minutes, 1_440)
        return cleaned | self.taken

    @property
    def changes(self) -> dict[str, Any]:
        """What this person changed, by field, with what the text brought."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}
        return changed | self.taken

    @property
    def seen(self) -> dict[str, Any]:
        """What the fields held when the form was made; of title and text, what the version says that it names."""
        return super().seen | self._shown

    def explain_conflict(self, conflict: EditConflict) -> None:
        """Show the other text beside this one; sending the form once more then replaces it."""
        others = {name: value for name, value in conflict.current.items() if name not in self.TEXTS}
        super().explain_conflict(EditConflict(others))
        if not set(conflict.current) & set(self.TEXTS):
            return
        lesson = Lesson.objects.get(pk=self.instance.pk)
        self.theirs = LessonVersion.objects.filter(lesson=lesson, number=lesson.version).first()
        self.data["version"] = str(lesson.version)  # type: ignore[index]
        by = str(self.theirs.saved_by) if self.theirs and self.theirs.saved_by else "Somebody else"
        for name in self.TEXTS:
            if name in conflict.current:
                more = " Both texts are here" if name == "body" else f" to “{conflict.current[name]}”"
                self.add_error(
                    name,
                    f"{by} changed this while you were writing{more}: save again to replace it with what stands here.",
                )


class ModuleForm(forms.Form):
    """The title of a module."""

    title = TidyField(max_length=120, error_messages={"required": "Give the module a title."})


class NewLessonForm(forms.Form):
    """A lesson as it begins: a title and a kind."""

    title = TidyField(max_length=160, error_messages={"required": "Give the lesson a title."})
    kind = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = forms.ChoiceField(choices=[(each.name, each.label) for each in lesson_kinds.kinds()], required=False)
        self.fields["kind"] = kind


class RowForm(EditForm[Lesson]):
    """What is changed of a lesson in the outline, without opening it."""

    title = TidyField(max_length=160, error_messages={"required": "Give the lesson a title."})

    class Meta:
        model = Lesson
        fields: ClassVar[list[str]] = ["title", "minutes", "optional", "preview"]
        widgets: ClassVar[dict[str, forms.Widget]] = {"minutes": forms.NumberInput(attrs=NUMBER)}
        labels: ClassVar[dict[str, str]] = {"minutes": "Minutes"}


class OrderForm(forms.Form):
    """An outline in another order: `12:1,2;13:` is module 12 with lessons 1 and 2, then module 13 with none.

    `move` is a step from there: `lesson-2-up`, `module-13-down`, `lesson-2-to-13`.
    """

    order = forms.RegexField(r"^([0-9]{1,18}:([0-9]{1,18}(,[0-9]{1,18})*)?(;|$))*$", max_length=100_000, required=False)
    version = forms.IntegerField(min_value=0, max_value=2_147_483_647)
    move = forms.RegexField(r"^(lesson|module)-[0-9]{1,18}-(up|down|to)$", required=False)
    to = forms.RegexField(r"^[0-9]{1,18}$", required=False)
    # What was dragged to its place, only to be told of it.
    dragged = forms.RegexField(r"^(lesson|module)-[0-9]{1,18}$", required=False)

    @property
    def wanted(self) -> Shape:
        """The order that is asked for, with the step taken."""
        shape = read_shape(self.cleaned_data["order"])
        if not self.cleaned_data["move"]:
            return shape
        what, number, way = self.cleaned_data["move"].split("-")
        if way == "to":
            return moved_to(shape, int(number), int(self.cleaned_data["to"] or 0))
        step = -1 if way == "up" else 1
        return module_moved(shape, int(number), step) if what == "module" else lesson_moved(shape, int(number), step)
