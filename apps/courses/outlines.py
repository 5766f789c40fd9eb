"""A course as its outline shows it to one reader: modules with lessons, what is done, what is open."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from apps.courses import lesson_kinds, progress
from apps.courses.access import Access
from apps.courses.models import Lesson, LessonProgress, Module, Visibility
from apps.courses.progress import Progress


@dataclass(frozen=True)
class Step:
    """A lesson in the outline; `is_open` says whether the reader can open it."""

    lesson: Lesson
    is_open: bool
    is_done: bool = False

    @property
    def icon(self) -> str:
        """The sign of its kind."""
        return lesson_kinds.find(self.lesson.kind).icon


class Place(NamedTuple):
    """Lesson `number` (from 1; 0 for one that isn't there) of `total`, and its neighbours."""

    number: int
    total: int
    before: Step | None
    after: Step | None


@dataclass
class Part:
    """A module with its lessons."""

    module: Module
    steps: list[Step] = field(default_factory=list)

    @property
    def progress(self) -> Progress:
        """How much of what counts is done."""
        counting = [step for step in self.steps if step.lesson.counts]
        return Progress(sum(step.is_done for step in counting), len(counting))

    @property
    def minutes(self) -> int:
        """Expected minutes, where its lessons state them."""
        return sum(step.lesson.minutes or 0 for step in self.steps)


class Outline:
    """The outline as `access.user` sees it; three queries.

    Whoever reads everything sees drafts too. A student whose enrollment ended finds in a course that only the enrolled
    see what they have done themselves, and nothing that came later.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self.course = access.course

    @cached_property
    def done(self) -> set[int]:
        """The ids of the lessons that the reader, a student, has done."""
        if not self.access.student:
            return set()
        rows = LessonProgress.objects.filter(student=self.access.student, lesson__module__course=self.course)
        return set(rows.filter(completed_at__isnull=False).values_list("lesson_id", flat=True))

    @cached_property
    def parts(self) -> list[Part]:
        """The modules in order; those without a lesson only for those who write."""
        lessons = Lesson.objects.present().filter(module__course=self.course).defer("body", "html")
        parts: dict[int, Part] = {}
        if self.access.writes:
            modules = Module.objects.filter(course=self.course, removed_at=None)
            parts = {module.pk: Part(module) for module in modules}
        if not self.access.follows:
            lessons = lessons.filter(published=True)
        for lesson in lessons.select_related("module").in_order():
            if self._is_shown(lesson):
                part = parts.setdefault(lesson.module_id, Part(lesson.module))
                is_open = self.access.opens_all or (lesson.preview and self.course.published)
                part.steps.append(Step(lesson, is_open, lesson.pk in self.done))
        return list(parts.values())

    @property
    def _is_partial(self) -> bool:
        return self.access.ended and self.course.visibility in {Visibility.INVITED, Visibility.ENROLLED}

    def _is_shown(self, lesson: Lesson) -> bool:
        return not self._is_partial or lesson.pk in self.done

    @cached_property
    def steps(self) -> list[Step]:
        """All lessons, one after the other."""
        return [step for part in self.parts for step in part.steps]

    @cached_property
    def progress(self) -> Progress:
        """How much of what counts is done, shown or not."""
        if self._is_partial and self.access.student:
            return progress.of(self.access.student, self.course)
        counting = [step for step in self.steps if step.lesson.counts]
        return Progress(sum(step.is_done for step in counting), len(counting))

    @property
    def minutes(self) -> int:
        """Expected minutes of the course, where its lessons state them."""
        return sum(part.minutes for part in self.parts)

    @property
    def is_begun(self) -> bool:
        """Has the reader done any of it?"""
        return any(step.is_done for step in self.steps)

    @cached_property
    def next_step(self) -> Step | None:
        """Where to go on: the lesson that was open last if it isn't done, else the first after it that isn't."""
        if not self.access.enrollment:
            return None
        rows = LessonProgress.objects.filter(student=self.access.student, lesson__module__course=self.course)
        last = rows.order_by("-seen_at").values_list("lesson_id", flat=True).first()
        places = [step.lesson.pk for step in self.steps]
        start = places.index(last) if last in places else 0
        ahead = [*self.steps[start:], *self.steps[:start]]
        return next((step for step in ahead if not step.is_done), None)

    def place(self, lesson: Lesson) -> Place:
        """Where a lesson is among those that are open to the reader."""
        steps = [step for step in self.steps if step.is_open]
        number = next((n for n, step in enumerate(steps) if step.lesson.pk == lesson.pk), None)
        if number is None:
            return Place(0, len(steps), None, None)
        before = steps[number - 1] if number else None
        return Place(number + 1, len(steps), before, next(iter(steps[number + 1 :]), None))
