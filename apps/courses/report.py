"""The report on courses: who is enrolled, what was learnt week by week, how far people are, who finished."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncWeek
from django.http import QueryDict
from django.utils import timezone

from apps.accounts.models import User
from apps.core import formats
from apps.core.academy_calendar import academy_day, academy_midnight, academy_today
from apps.core.charts import Chart, Point
from apps.core.reports import Report
from apps.courses import policies, progress
from apps.courses.models import Batch, Course, Enrollment, Lesson, LessonProgress
from apps.courses.progress import Progress

SPANS = {12: "12 weeks", 26: "26 weeks", 52: "A year"}
# As many bars as can be read; the table has all.
BARS = 12


class Row(NamedTuple):
    """What is known of a course, or of a batch of the chosen course."""

    name: str
    enrolled: int
    progress: Progress
    completed: int
    finished: int


class CourseReport:
    """The figures of all courses that `user` writes, of one course (`course`) or of one batch of it (`batch`).

    `weeks` says how far back lessons done and courses finished are counted; the week that is running is the last.
    """

    def __init__(self, user: User, query: QueryDict) -> None:
        self.user = user
        self.courses = list(Course.objects.written_by(user).order_by("title").only("title"))
        self.course = self._chosen(self.courses, query.get("course", ""))
        self.batches = list(Batch.objects.filter(course=self.course).order_by("name")) if self.course else []
        self.batch = self._chosen(self.batches, query.get("batch", ""))
        weeks = query.get("weeks", "")
        self.weeks = int(weeks) if weeks in map(str, SPANS) else next(iter(SPANS))
        self.spans = SPANS.items()

    @staticmethod
    def _chosen[T: (Course, Batch)](things: list[T], asked: str) -> T | None:
        return next((thing for thing in things if str(thing.pk) == asked), None)

    @property
    def by(self) -> str:
        """What a row is about: the field of an enrollment that tells rows apart."""
        return "batch" if self.course else "course"

    @cached_property
    def since(self) -> datetime:
        """The Monday with which the first week begins, on the academy's calendar."""
        monday = academy_today() - timedelta(days=academy_today().weekday())
        return academy_midnight(monday - timedelta(weeks=self.weeks - 1))

    @property
    def _enrollments(self) -> QuerySet[Enrollment]:
        chosen = {"course": self.course, "batch": self.batch}
        found = Enrollment.objects.filter(**{name: thing for name, thing in chosen.items() if thing})
        return found if self.course else found.filter(course__in=self.courses)

    @cached_property
    def rows(self) -> list[Row]:
        """Course by course, or batch by batch, by name; students of no batch stand last."""
        enrolled = _counted(self._enrollments.valid(), self.by)  # type: ignore[attr-defined]
        standing = progress.of_groups(self._enrollments.valid(), self.by)  # type: ignore[attr-defined]
        completed, finished = self._completed, self._finished
        return [
            Row(name, enrolled.get(pk, 0), standing.get(pk, Progress()), completed.get(pk, 0), finished.get(pk, 0))
            for pk, name in self._names(enrolled, completed, finished)
        ]

    def _names(self, *counts: dict[Any, int]) -> list[tuple[int | None, str]]:
        if not self.course:
            return [(course.pk, course.title) for course in self.courses]
        batches = [self.batch] if self.batch else self.batches
        names: list[tuple[int | None, str]] = [(batch.pk, batch.name) for batch in batches]
        return [*names, (None, "No batch")] if any(None in count for count in counts) else names

    @property
    def _done(self) -> QuerySet[LessonProgress]:
        done = LessonProgress.objects.filter(completed_at__gte=self.since).order_by()
        if self.course:
            done = done.filter(lesson__module__course=self.course)
        return done.filter(student__in=self._enrollments.values("student")) if self.batch else done

    @cached_property
    def _counted(self) -> list[tuple[datetime, int, int]]:
        """Lessons done: the week, the course, how many.

        Counted by lesson, whose course is known: to look it up for each of millions of rows takes three times as long.
        """
        week = TruncWeek("completed_at", tzinfo=timezone.get_default_timezone())
        rows = self._done.annotate(week=week).values_list("week", "lesson").annotate(count=Count("*"))
        courses = dict(Lesson.objects.values_list("pk", "module__course").order_by())
        return [(week, courses[lesson], count) for week, lesson, count in rows]

    @cached_property
    def _completed(self) -> dict[Any, int]:
        sums: dict[Any, int] = defaultdict(int)
        if not self.course:
            for _, course, count in self._counted:
                sums[course] += count
            return sums
        # A batch is known by the enrollment: done in the course by somebody who is, or was, in it.
        done = dict(self._done.values_list("student").annotate(count=Count("*")))
        for batch, student in self._enrollments.values_list("batch", "student").distinct().order_by():
            sums[batch] += done.get(student, 0)
        return {batch: count for batch, count in sums.items() if count}

    @cached_property
    def _finished(self) -> dict[Any, int]:
        facts = self._enrollments.filter(
            student__completions__course=F("course"),
            student__completions__run=F("run"),
            student__completions__finished_at__gte=self.since,
        )
        return dict(facts.values_list(self.by).annotate(Count("student__completions", distinct=True)).order_by())

    @cached_property
    def figures(self) -> list[tuple[str, str]]:
        """The sums, with what they are."""
        return [
            ("Enrolled now", formats.number(sum(row.enrolled for row in self.rows))),
            ("Average progress", progress.together(row.progress for row in self.rows).text),
            ("Lessons done", formats.number(sum(self._weekly.values()))),
            ("Finished a course", formats.number(sum(row.finished for row in self.rows))),
        ]

    @cached_property
    def _weekly(self) -> dict[datetime, int]:
        sums: dict[datetime, int] = defaultdict(int)
        for week, _, count in self._counted:
            sums[week] += count
        return sums

    @property
    def by_week(self) -> Chart:
        """Lessons done, week by week."""
        counted = {academy_day(week): count for week, count in self._weekly.items()}
        first = academy_day(self.since)
        days = [first + timedelta(weeks=number) for number in range(self.weeks)]
        points = [Point(formats.day(day), counted.get(day, 0), formats.number(counted.get(day, 0))) for day in days]
        note = "no lesson was done in these weeks"
        return Chart("weekly", "Lessons done, week by week", ("Week from", "Lessons done"), points, note=note)

    @property
    def by_progress(self) -> Chart:
        """How far those who are enrolled now are."""
        points = [Point(row.name, row.progress.percent or 0, row.progress.text) for row in self._largest]
        return Chart("average", "Average progress", (self.by.title(), "Average progress"), points, top=100)

    @property
    def by_size(self) -> Chart:
        """How many are enrolled now."""
        points = [Point(row.name, row.enrolled, formats.number(row.enrolled)) for row in self._largest]
        return Chart("enrolled", "Enrolled now", (self.by.title(), "Enrolled now"), points)

    @property
    def _largest(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: -row.enrolled)[:BARS]


def _counted(enrollments: QuerySet[Enrollment], by: str) -> dict[Any, int]:
    return dict(enrollments.values_list(by).annotate(Count("pk")).order_by())


def _file(report: CourseReport) -> Iterator[Sequence[object]]:
    span = f"in {report.weeks} weeks"
    yield (report.by.title(), "Enrolled now", "Average percent", f"Lessons done {span}", f"Finished {span}")
    for row in report.rows:
        percent = "" if row.progress.percent is None else row.progress.percent
        yield row.name, row.enrolled, percent, row.completed, row.finished


REPORT = Report("courses", "Courses", 10, "courses/_report.html", policies.can_report, CourseReport, _file)
