"""How often students were there: per student, in a batch's lessons or in all, over a period."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core.academy_calendar import academy_midnight, academy_today
from apps.core.listing import Column, Filter, Listing, Sort
from apps.scheduling.live import CALENDAR, LESSONS
from apps.scheduling.models import Attendance, Attendee, Presence
from apps.students.listing import batches_for
from apps.students.models import Student, StudentQuerySet

PERIODS = (("90", "Last 90 days"), ("365", "Last 12 months"), ("all", "All time"))
USUAL_DAYS = 30
CHUNK = 500


class Rate(NamedTuple):
    """How a student attended: lessons by their mark, and those that have begun without one."""

    student: Student
    present: int = 0
    late: int = 0
    absent: int = 0
    excused: int = 0
    unmarked: int = 0

    @property
    def expected(self) -> int:
        """The marked lessons that count: whoever is excused wasn't expected."""
        return self.present + self.late + self.absent

    @property
    def percent(self) -> int | None:
        """How many of these the student came to, also late; None where none is marked."""
        return round(100 * (self.present + self.late) / self.expected) if self.expected else None


class Scope(NamedTuple):
    """Which lessons count: those that `user` gives (for staff all), since a moment, of one batch or of any."""

    user: User
    since: datetime | None = None
    batch_id: int | None = None

    def lessons(self, prefix: str = "booking__") -> Q:
        """The condition on a lesson that a prefix leads to."""
        rule = Q(**{f"{prefix}state": "on", f"{prefix}start__lte": timezone.now()})
        if not self.user.sees_all:
            rule &= Q(**{f"{prefix}teacher": self.user})
        if self.since:
            rule &= Q(**{f"{prefix}start__gte": self.since})
        return rule & Q(**{f"{prefix}batch": self.batch_id}) if self.batch_id else rule


def rates(students: Sequence[Student], scope: Scope) -> list[Rate]:
    """The rate of each of these students, in their order, in two queries."""
    ids = [student.pk for student in students]
    marks = Attendance.objects.filter(scope.lessons(), student__in=ids).order_by()
    counts: dict[int, dict[str, int]] = {pk: {} for pk in ids}
    for pk, state, count in marks.values_list("student", "state").annotate(n=Count("pk")):
        counts[pk][state] = count
    marked = Attendance.objects.filter(booking=OuterRef("booking"), student=OuterRef("student"))
    waiting = Attendee.objects.filter(~Exists(marked), scope.lessons(), student__in=ids).order_by()
    for pk, count in waiting.values_list("student").annotate(n=Count("pk")):
        counts[pk]["unmarked"] = count
    return [Rate(student, **counts[student.pk]) for student in students]


class AttendanceRates(Listing[Rate]):
    """The students whom `user` sees, each with how they attended the lessons that `user` gives, or (staff) all."""

    route = "scheduling:rate_list"
    one, many = "student", "students"
    title, name = "Attendance rates", "attendance-rates"
    placeholder = "Search name, code, e-mail or phone"
    sorts = {
        "name": Sort("Name", ("given_name", "family_name", "pk")),
        "code": Sort("Code", ("code",)),
    }
    columns = (
        Column("Student", "name"),
        Column("Code", "code"),
        Column("Present", classes="num"),
        Column("Late", classes="num"),
        Column("Absent", classes="num"),
        Column("Excused", classes="num"),
        Column("Not marked", classes="num"),
        Column("Rate", classes="num"),
    )
    filters = (
        Filter("batch", "Batch", "Any batch", batches_for, lambda rows, value: rows.in_batch(int(value))),
        Filter("period", "Period", "Last 30 days", lambda _: PERIODS, lambda rows, _: rows),
    )

    @property
    def channels(self) -> Sequence[str]:
        """What tells that a mark changed."""
        return (CALENDAR,) if self.user.sees_all else (f"user-{self.user.pk}",)

    @property
    def events(self) -> Sequence[str]:  # type: ignore[override]
        """The same as an event."""
        return () if self.user.sees_all else (LESSONS,)

    def visible(self) -> StudentQuerySet:
        """Found through what the reader may see."""
        return Student.objects.visible_to(self.user)

    def search(self, rows: Any, text: str) -> Any:
        """By code, name, e-mail and phone."""
        return rows.search(text)

    @cached_property
    def scope(self) -> Scope:
        """Which lessons count."""
        period, batch = self.values["period"], self.values["batch"]
        days = USUAL_DAYS if not period else int(period) if period != "all" else 0
        since = academy_midnight(academy_today() - timedelta(days=days)) if days else None
        return Scope(self.user, since, int(batch) if batch else None)

    @cached_property
    def rows(self) -> Sequence[Rate]:
        """The rates of the page's students."""
        return rates(list(self.page), self.scope)

    @property
    def export_url(self) -> str:
        """Where these rates can be had as a file."""
        return self.link(path=reverse("scheduling:rate_export"))


def export_rows(listing: AttendanceRates) -> Iterator[Iterable[object]]:
    """All students that match with their rates, the heads first."""
    yield ("Code", "Student", *Presence.labels, "Not marked", "Rate in %")
    for some in batched(listing.matching.iterator(chunk_size=CHUNK), CHUNK):
        for each in rates(some, listing.scope):
            counts = (each.present, each.late, each.absent, each.excused, each.unmarked)
            yield (each.student.code, each.student.full_name, *counts, "" if each.percent is None else each.percent)
