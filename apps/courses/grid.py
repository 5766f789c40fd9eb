"""The progress grid of a course: students by lessons, for its teachers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.core.academy_calendar import academy_day
from apps.core.listing import Column, Filter, Listing, Sort
from apps.courses import live, progress
from apps.courses.grid_cells import Cells, Mark
from apps.courses.models import Batch, Course, Enrollment, EnrollmentQuerySet, Lesson, LessonProgress, Module
from apps.courses.progress import Progress
from apps.courses.ranking import Ranked
from apps.students.models import Student

# Beyond this, the grid shows one module at a time.
WIDEST = 150
PIECE = 200
NAME = ("student__given_name", "student__family_name", "student_id")


@dataclass
class Line:
    """A student in the grid."""

    enrollment: Enrollment
    progress: Progress
    marks: dict[int, Mark] = field(default_factory=dict)
    cells: SafeString = field(default_factory=SafeString)

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
    """The students of a course visible to `user`, with their progress in every published lesson."""

    one, many = "student", "students"
    name = "progress-grid"
    placeholder = "Name or code"
    size = 60
    sorts = {
        "name": Sort("Name", NAME),
        "progress": Sort("Furthest first", (), "Furthest last", falls=True),
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
        """Progress or the outline changed."""
        return (live.progress_channel(self.course.pk),)

    def path(self) -> str:
        """The grid of this course."""
        return reverse("courses:progress_grid", args=[self.course.pk])

    @property
    def export_url(self) -> str:
        """Where these students can be had as a file."""
        return self.link(path=reverse("courses:progress_export", args=[self.course.pk]))

    def visible(self) -> EnrollmentQuerySet:
        """Every visible student, including those without any progress."""
        return followed(self.user, self.course)

    def search(self, rows: EnrollmentQuerySet, text: str) -> EnrollmentQuerySet:
        """Search by the usual student fields."""
        return rows.filter(student__in=Student.objects.search(text))

    @property
    def matching(self) -> Any:
        """In order; what is sorted by is counted only then."""
        key, rows = self.sort.removeprefix("-"), self.found
        if key == "progress":
            backwards = self.sort.startswith("-")
            return Ranked(rows.order_by(*NAME), progress.done_by_all(self.course), backwards=backwards)
        if key == "activity":
            rows = rows.annotate(last_activity=_last_activity(self.course))
        return rows.order_by(*self.order_by())

    def order_by(self) -> list[Any]:
        """Students who were never active sort last."""
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
        """Do some modules not fit beside the others?"""
        return not self.values["module"] and len(self.parts) < len(self._outline)

    @cached_property
    def rows(self) -> list[Line]:
        """The students of the page, with their cells."""
        shown = [lesson.pk for _, lessons in self.parts for lesson in lessons]
        cells = Cells()
        lines = self.lines(list(self.page))
        for line in lines:
            line.cells = cells.row(shown, line.marks)
        return lines

    def lines(self, enrollments: Sequence[Enrollment]) -> list[Line]:
        """What these students did in all lessons, whichever are shown; one query."""
        marks: dict[int, dict[int, Mark]] = {enrollment.student_id: {} for enrollment in enrollments}
        for student, lesson, *moments in self._marks(list(marks)):
            marks[student][lesson] = Mark(*moments)
        return [self._line(enrollment, marks[enrollment.student_id]) for enrollment in enrollments]

    def _marks(self, students: list[int]) -> Iterable[Any]:
        # By ids that are at hand: with both lists known, the index of lessons and students finds each row at once.
        lessons = [lesson.pk for lesson in self.lessons]
        rows = LessonProgress.objects.filter(student__in=students, lesson__in=lessons).order_by()
        return rows.values_list("student", "lesson", "opened_at", "seen_at", "completed_at")

    def _line(self, enrollment: Enrollment, marks: dict[int, Mark]) -> Line:
        done = {pk for pk, mark in marks.items() if mark.done}
        return Line(enrollment, progress.of_lessons(self.lessons, done), marks)


def _last_activity(course: Course) -> Subquery:
    lessons = Lesson.objects.present().filter(module__course=course, published=True)
    rows = LessonProgress.objects.filter(student=OuterRef("student"), lesson__in=lessons)
    return Subquery(rows.order_by("-seen_at").values("seen_at")[:1])


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
