"""The list of students as its URL asks for it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import F, OrderBy, Q, Value
from django.db.models.functions import Length, NullIf
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.conversations.reading import unread_counts
from apps.core.listing import Column, Filter, Listing, Sort
from apps.students.models import CONVERSATION_KIND, Placement, Status, Student, StudentQuerySet
from apps.students.placing import placed

NAME = ("given_name", "family_name", "pk")


def batches_for(user: User) -> list[tuple[int, str]]:
    """The batches in which there are students now, for a teacher own ones."""
    of = "enrollments__batch"
    inside = placed() & Q(enrollments__batch__isnull=False)
    if user.role == Role.TEACHER:
        inside &= Q(enrollments__batch__teacher=user)
    rows = (
        Student.objects.filter(inside)
        .order_by(f"{of}__course__title", f"{of}__name")
        .values_list(f"{of}_id", f"{of}__course__title", f"{of}__name")
    )
    return [(pk, f"{course}: {name}") for pk, course, name in rows.distinct()]


class Row(NamedTuple):
    """A student, and the batches they are in."""

    student: Student
    placements: list[Placement]


class StudentList(Listing[Row]):
    """The students that `user` may see."""

    route = "students:student_list"
    one, many = "student", "students"
    placeholder = "Search name, code, e-mail or phone"
    events = ("students-changed",)
    sorts = {
        "name": Sort("Name", NAME),
        "family": Sort("Family name", ("family_name", "given_name", "pk")),
        "code": Sort("Code", ("code",)),
        "grade": Sort("Grade", ("grade", *NAME)),
        "status": Sort("Status", ("status", *NAME)),
        "newest": Sort("Newest first", ("-pk",), "Oldest first", falls=True),
    }
    columns = (
        Column("Given name", "name"),
        Column("Family name", "family"),
        Column("Code", "code"),
        Column("Grade", "grade"),
        Column("Status", "status"),
        Column("Added", "newest"),
        Column("Batches"),
        Column("Conversation", hidden=True),
    )
    filters = (
        Filter(
            "status", "Status", "Any status", lambda _: Status.choices, lambda rows, value: rows.filter(status=value)
        ),
        Filter("batch", "Batch", "Any batch", batches_for, lambda rows, value: rows.in_batch(int(value))),
    )

    def visible(self) -> StudentQuerySet:
        """Found through what the reader may see."""
        return Student.objects.visible_to(self.user)

    def search(self, rows: Any, text: str) -> Any:
        """By code, name, e-mail and phone."""
        return rows.search(text)

    def order_by(self) -> list[str | OrderBy]:
        """9 comes before 10, and students without a grade come last either way."""
        order = super().order_by()
        if self.sort.removeprefix("-") == "grade":
            grade = NullIf(F("grade"), Value(""))
            order.insert(0, OrderBy(Length(grade), descending=self.sort.startswith("-"), nulls_last=True))
        return order

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The students of the page, each with the batches they are in."""
        students = list(self.page)
        placements = Student.objects.filter(pk__in=[student.pk for student in students]).placements(self.user)
        return [Row(student, placements.get(student.pk, [])) for student in students]

    @cached_property
    def unread(self) -> dict[int, int]:
        """The number of unread messages in each of their conversations."""
        return unread_counts(self.user, [row.student.conversation_id for row in self.rows], CONVERSATION_KIND)

    @property
    def invite_url(self) -> str:
        """Where those of this list who have no account can be invited."""
        return self.link(sort="name", path=reverse("students:invitation_create"))
