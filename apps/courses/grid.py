"""Who is how far in a course: students by lessons, for those who teach it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import F, Max, OuterRef, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core import formats
from apps.core.academy_calendar import academy_day
from apps.core.listing import Column, Filter, Listing, Sort
from apps.courses import live, progress
from apps.courses.models import Batch, Course, Enrollment, EnrollmentQuerySet, Lesson, LessonProgress, Module
from apps.courses.progress import Progress
from apps.students.models import Student

# A course with more is looked at module by module.
WIDEST = 150
PIECE = 200
NAME = ("student__given_name", "student__family_name", "student_id")


class Mark(NamedTuple):
    """What a student did with a lesson: opened, perhaps done."""

    opened: datetime
    seen: datetime
    done: datetime | None


class Cell(NamedTuple):
    """A mark as the grid shows it; `state` is empty where the lesson wasn't opened yet."""

    state: str = ""
    text: str = ""


@dataclass
class Line:
    """A student in the grid."""

    enrollment: Enrollment
    progress: Progress
    marks: dict[int, Mark] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)

    @property
    def student(self) -> Student:
        """Whose line it is."""
        return self.enrollment.student

    @property
    def last_seen(self) -> datetime | None:
        """When the student last had a lesson open."""
        return max((mark.seen for mark in self.marks.values()), default=None)


def followed(user: User, course: Course) -> EnrollmentQuerySet:
    """The valid enrollments whose progress this person may see, each with its student and batch."""
    enrollments: EnrollmentQuerySet = Enrollment.objects.valid().followed_by(user)
    return enrollments.filter(course=course).select_related("student", "batch")


class Grid(Listing[Line]):
    """The students of a course whom `user` follows, each with what they did in each published lesson."""

    one, many = "student", "students"
    name = "progress-grid"
    placeholder = "Name or code"
    size = 60
    sorts = {
        "name": Sort("Name", NAME),
        "progress": Sort("Furthest first", ("-done_count", *NAME), "Furthest last", falls=True),
        "activity": Sort("Active last", ("-last_activity", *NAME), "Active first", falls=True),
    }
    columns = (Column("Student", "name"), Column("Progress", "progress"), Column("Last active", "activity"))

    def __init__(self, user: User, course: Course, query: QueryDict) -> None:
        self.course = course
        self.filters = (  # type: ignore[misc]  # what can be chosen depends on the course
            Filter("batch", "Batch", "All batches", self._batches),
            Filter("module", "Module", "All modules", self._modules, lambda rows, _: rows),
        )
        super().__init__(user, query)
        self.title = f"Progress in {course}"

    def _batches(self, user: User) -> list[tuple[int, str]]:
        own = Batch.objects.filter(course=self.course, pk__in=followed(user, self.course).values("batch"))
        return list(own.order_by("name").values_list("pk", "name"))

    def _modules(self, _: User) -> list[tuple[int, str]]:
        return [(module.pk, module.title) for module, _ in self._outline]

    @property
    def channels(self) -> Sequence[str]:
        """That somebody came further, or the outline changed."""
        return (live.progress_channel(self.course.pk),)

    def path(self) -> str:
        """The grid of this course."""
        return reverse("courses:progress_grid", args=[self.course.pk])

    @property
    def export_url(self) -> str:
        """Where these students can be had as a file."""
        return self.link(path=reverse("courses:progress_export", args=[self.course.pk]))

    def visible(self) -> EnrollmentQuerySet:
        """Every student followed, those who have done nothing too."""
        return followed(self.user, self.course)

    def search(self, rows: EnrollmentQuerySet, text: str) -> EnrollmentQuerySet:
        """By what students are found by everywhere."""
        return rows.filter(student__in=Student.objects.search(text))

    @property
    def matching(self) -> Any:
        """In order; what is sorted by is counted only then."""
        key, rows = self.sort.removeprefix("-"), self.found
        if key == "progress":
            rows = rows.annotate(done_count=progress.done_by("student", self.course))
        if key == "activity":
            rows = rows.annotate(last_activity=_last_activity(self.course))
        return rows.order_by(*self.order_by())

    def order_by(self) -> list[Any]:
        """Whoever never came is the last of the active."""
        fields = super().order_by()
        named = {"-last_activity": F("last_activity").desc(nulls_last=True)}
        named["last_activity"] = F("last_activity").asc(nulls_first=True)
        return [named.get(name, name) if isinstance(name, str) else name for name in fields]

    @cached_property
    def lessons(self) -> list[Lesson]:
        """All published lessons of the course, in order, without their texts."""
        lessons = Lesson.objects.present().filter(module__course=self.course, published=True).in_order()
        return list(lessons.select_related("module").defer("body", "html"))

    @cached_property
    def _outline(self) -> list[tuple[Module, list[Lesson]]]:
        return [(module, list(lessons)) for module, lessons in groupby(self.lessons, lambda lesson: lesson.module)]

    @cached_property
    def parts(self) -> list[tuple[Module, list[Lesson]]]:
        """The modules that are shown, with their lessons: the chosen one, else as many as a page can hold."""
        chosen = self.values["module"]
        if chosen:
            return [part for part in self._outline if str(part[0].pk) == chosen]
        shown: list[tuple[Module, list[Lesson]]] = []
        width = 0
        for part in self._outline:
            width += len(part[1])
            if shown and width > WIDEST:
                break
            shown.append(part)
        return shown

    @property
    def cut(self) -> bool:
        """Are there modules that have no room beside the others?"""
        return not self.values["module"] and len(self.parts) < len(self._outline)

    @cached_property
    def rows(self) -> list[Line]:
        """The students of the page, with their cells."""
        shown = [lesson.pk for _, lessons in self.parts for lesson in lessons]
        words = Words()
        lines = self.lines(list(self.page))
        for line in lines:
            line.cells = [words.cell(line.marks.get(pk)) for pk in shown]
        return lines

    def lines(self, enrollments: Sequence[Enrollment]) -> list[Line]:
        """What these students did in all lessons, whichever are shown; one query."""
        marks: dict[int, dict[int, Mark]] = {enrollment.student_id: {} for enrollment in enrollments}
        for student, lesson, *moments in self._marks(list(marks)):
            marks[student][lesson] = Mark(*moments)
        return [self._line(enrollment, marks[enrollment.student_id]) for enrollment in enrollments]

    def _marks(self, students: list[int]) -> Iterator[Any]:
        shown = Lesson.objects.present().filter(module__course=self.course, published=True)
        rows = LessonProgress.objects.filter(student__in=students, lesson__in=shown)
        return rows.values_list("student", "lesson", "opened_at", "seen_at", "completed_at").iterator()

    def _line(self, enrollment: Enrollment, marks: dict[int, Mark]) -> Line:
        done = {pk for pk, mark in marks.items() if mark.done}
        return Line(enrollment, progress.of_lessons(self.lessons, done), marks)


class Words:
    """What a cell says. A day is written once, however many cells name it."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], Cell] = {}

    def cell(self, mark: Mark | None) -> Cell:
        """Done and when, or opened and when."""
        if mark is None:
            return Cell()
        state, moment = ("done", mark.done) if mark.done else ("opened", mark.opened)
        day = timezone.localdate(moment)
        key = (state, day)
        if key not in self._days:
            self._days[key] = Cell(state, f"{state.capitalize()} {formats.day(day)}")
        return self._days[key]


def _last_activity(course: Course) -> Subquery:
    lessons = Lesson.objects.present().filter(module__course=course, published=True)
    rows = LessonProgress.objects.filter(student=OuterRef("student"), lesson__in=lessons).order_by()
    return Subquery(rows.values("student").annotate(last=Max("seen_at")).values("last"))


def export_rows(grid: Grid) -> Iterator[Sequence[object]]:
    """The students that the grid shows, on all its pages, with the day on which each lesson was done."""
    lessons = [lesson for _, part in grid.parts for lesson in part] if grid.values["module"] else grid.lessons
    heads = [f"{lesson.module}: {lesson}" for lesson in lessons]
    yield ("Code", "Student", "Batch", "Done", "Of", "Percent", "Last active", *heads)
    enrollments = list(grid.matching)
    for start in range(0, len(enrollments), PIECE):
        for line in grid.lines(enrollments[start : start + PIECE]):
            yield (*_facts(line), *(_done_on(line.marks.get(lesson.pk)) for lesson in lessons))


def _facts(line: Line) -> Sequence[object]:
    student, batch, standing = line.student, line.enrollment.batch, line.progress
    percent = "" if standing.percent is None else standing.percent
    last = academy_day(line.last_seen) if line.last_seen else ""
    return student.code, student.full_name, batch.name if batch else "", standing.done, standing.total, percent, last


def _done_on(mark: Mark | None) -> object:
    if mark is None:
        return ""
    return academy_day(mark.done) if mark.done else "opened"
