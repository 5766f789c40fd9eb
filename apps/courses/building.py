"""The outline of a course as those who write it see it: what is in it, what was taken out, what is open in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.forms import BaseForm
from django.urls import reverse

from apps.core.ids import element_id
from apps.courses import lesson_kinds, live
from apps.courses.forms_building import RowForm
from apps.courses.lesson_kinds import LessonKind
from apps.courses.models import Course, Lesson, Module
from apps.courses.ordering import written

# Of what was removed, the latest can be brought back from the page.
SHOWN_REMOVED = 20


@dataclass(frozen=True)
class LessonRow:
    """A lesson in the outline."""

    lesson: Lesson
    number: int
    kind: LessonKind
    first: bool
    last: bool


@dataclass(frozen=True)
class ModuleCard:
    """A module with its rows."""

    module: Module
    rows: list[LessonRow]
    first: bool
    last: bool

    @property
    def minutes(self) -> int:
        """Expected minutes of its lessons, where stated."""
        return sum(row.lesson.minutes or 0 for row in self.rows)


@dataclass
class Outline:
    """One course's outline for its builder.

    `open` names what is being edited in place (`lesson-12`, `module-3`, `lesson-12-move`), with the form that was
    sent, if any. `error` and `done` are one sentence about the last change; `undo` is what can be brought back. What
    was `said` needs no toast: it can be seen where it happened.
    """

    course: Course
    open: str = ""
    form: BaseForm | None = None
    error: str = ""
    done: str = ""
    undo: Module | Lesson | None = None
    said: bool = False

    @property
    def url(self) -> str:
        """The URL that the live region refetches."""
        return reverse("courses:outline", args=[self.course.pk])

    @property
    def channel(self) -> str:
        """The channel that announces changes."""
        return live.course_channel(self.course.pk)

    @cached_property
    def cards(self) -> list[ModuleCard]:
        """The modules in order; two queries."""
        present = Lesson.objects.filter(removed_at=None).defer("body", "html")
        lessons: Any = Prefetch("lessons", present.order_by("position", "pk"), to_attr="rows")
        modules = [*self.course.modules.filter(removed_at=None).prefetch_related(lessons)]
        return [
            ModuleCard(
                module,
                self._rows(module, first=number == 0, last=number == len(modules) - 1),
                number == 0,
                number == len(modules) - 1,
            )
            for number, module in enumerate(modules)
        ]

    def _rows(self, module: Any, *, first: bool, last: bool) -> list[LessonRow]:
        lessons: Sequence[Lesson] = module.rows
        end = len(lessons)
        return [
            LessonRow(lesson, number, lesson_kinds.find(lesson.kind), first and number == 1, last and number == end)
            for number, lesson in enumerate(lessons, 1)
        ]

    @cached_property
    def row_form(self) -> BaseForm:
        """The form of the row that is open: what was sent, or what stands there."""
        opened = (row.lesson for card in self.cards for row in card.rows if element_id(row.lesson) == self.open)
        return self.form or RowForm(instance=next(opened))

    @property
    def undo_url(self) -> str:
        """The URL that restores what was removed."""
        what = "module" if isinstance(self.undo, Module) else "lesson"
        return reverse(f"courses:{what}_removal", args=[self.course.pk, self.undo.pk]) if self.undo else ""

    @property
    def order(self) -> str:
        """Serialised as the form sends it."""
        return written((card.module, [row.lesson for row in card.rows]) for card in self.cards)

    @property
    def drafts(self) -> int:
        """How many lessons aren't published."""
        return sum(not row.lesson.published for card in self.cards for row in card.rows)

    @property
    def lessons(self) -> int:
        """How many there are."""
        return sum(len(card.rows) for card in self.cards)

    @property
    def minutes(self) -> int:
        """Total expected minutes of the lessons that state them."""
        return sum(card.minutes for card in self.cards)

    @property
    def kinds(self) -> list[LessonKind]:
        """What can be added."""
        return lesson_kinds.kinds()

    @cached_property
    def removed(self) -> list[Module | Lesson]:
        """What was removed most recently and can be restored."""
        modules = self.course.modules.exclude(removed_at=None).order_by("-removed_at")[:SHOWN_REMOVED]
        gone = Lesson.objects.filter(module__course=self.course, module__removed_at=None).exclude(removed_at=None)
        both: list[Any] = [*modules, *gone.select_related("module").order_by("-removed_at")[:SHOWN_REMOVED]]
        return sorted(both, key=lambda thing: thing.removed_at, reverse=True)[:SHOWN_REMOVED]


def place_of(course: Course, lesson_pk: int) -> str:
    """Where a lesson stands, in words: `now 2 of 5 in Basics`."""
    for card in Outline(course).cards:
        for row in card.rows:
            if row.lesson.pk == lesson_pk:
                return f"“{row.lesson.title}” is now {row.number} of {len(card.rows)} in “{card.module.title}”."
    return ""
