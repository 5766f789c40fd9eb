"""The people of a course: past, current and future enrollments, and candidates."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core.finding import every_word, typed
from apps.core.listing import Column, Filter, Listing, Sort
from apps.courses import live, policies, progress
from apps.courses.models import Batch, Course, CourseInvitation, Enrollment, not_ended, valid
from apps.students.models import Student

CANDIDATES = 10
NAME = ("student__given_name", "student__family_name", "student_id", "-pk")
STATES = (("valid", "Valid"), ("later", "Starting later"), ("ended", "Ended"))


def _in_state(rows: QuerySet[Enrollment], state: str) -> QuerySet[Enrollment]:
    now = timezone.now()
    if state == "valid":
        return rows.filter(valid(now))
    if state == "later":
        return rows.filter(not_ended(now), enrolled_at__gt=now)
    # Not `exclude`: a condition on a batch that isn't there is neither true nor false.
    return rows.filter(~Q(pk__in=Enrollment.objects.filter(not_ended(now)).values("pk")))


class PeopleList(Listing[Enrollment]):
    """The enrollments of a course that `user` may see: all of them for its writers, own batches for a teacher."""

    route = "courses:people_list"
    one, many = "enrollment", "enrollments"
    title, name = "People", "people"
    placeholder = "Name, code or e-mail"
    sorts = {
        "name": Sort("Name", NAME),
        "batch": Sort("Batch", ("batch__name", *NAME)),
        "from": Sort("Newest first", ("-enrolled_at", "-pk"), "Oldest first", falls=True),
        "until": Sort("Ends first", ("expires_at", *NAME), "Ends last"),
    }
    columns = (
        Column("Student", "name"),
        Column("Batch", "batch"),
        Column("From", "from"),
        Column("Until", "until"),
        Column("Progress"),
        Column("Actions", hidden=True),
    )

    def __init__(self, user: User, course: Course, query: QueryDict) -> None:
        super().__init__(user, query)
        self.course = course
        self.may_edit = policies.can_enroll(user)
        states = Filter("state", "State", "All", lambda _: STATES, _in_state, buttons=True)
        batches = Filter("batch", "Batch", "Any batch", lambda _: self._batches())
        self.filters = (states, batches)  # type: ignore[misc]

    def _batches(self) -> list[tuple[int, str]]:
        rows = Batch.objects.visible_to(self.user).filter(course=self.course)
        return list(rows.order_by("name").values_list("pk", "name"))

    @property
    def channels(self) -> Sequence[str]:
        """Enrollments or progress changed."""
        return (live.progress_channel(self.course.pk),)

    def visible(self) -> QuerySet[Enrollment]:
        """With student and batch, and whether the student was enrolled again (`again`)."""
        rows = Enrollment.objects.filter(course=self.course)
        if not policies.can_write(self.user, self.course):
            rows = rows.filter(batch__in=Batch.objects.visible_to(self.user))
        newer = Enrollment.objects.not_ended().filter(course=self.course, student=OuterRef("student"))
        return rows.select_related("student", "batch", "course").annotate(again=Exists(newer))

    def search(self, rows: Any, text: str) -> Any:
        """By the student's name, code and e-mail."""
        fields = ("student__given_name", "student__family_name", "student__code", "student__email")
        return rows.filter(every_word(text, *fields))

    def path(self) -> str:
        """Of this course."""
        return reverse(self.route, args=[self.course.pk])

    @cached_property
    def rows(self) -> Sequence[Enrollment]:
        """Each with the student's `progress` in the course."""
        rows = list(self.page)
        standings = progress.of_students(self.course, [row.student_id for row in rows])
        for row in rows:
            row.progress = standings[row.student_id]
        return rows


class Candidates:
    """Search for students who could be enrolled in a course."""

    def __init__(self, user: User, course: Course, text: str) -> None:
        self.user, self.course = user, course
        self.text = typed(text)

    @cached_property
    def students(self) -> list[Student]:
        """The first ten matches not in the course, each with `invited`; none without a search."""
        if not self.text:
            return []
        taking = Enrollment.objects.not_ended().filter(course=self.course).values("student")
        invited = CourseInvitation.objects.filter(course=self.course, student=OuterRef("pk"))
        students = Student.objects.visible_to(self.user).search(self.text).exclude(pk__in=taking)
        return list(students.annotate(invited=Exists(invited))[:CANDIDATES])
