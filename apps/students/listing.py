"""The list of students as its URL asks for it."""

from functools import cached_property
from typing import ClassVar

from django.db.models import F, OrderBy, QuerySet, Value
from django.db.models.functions import Length, NullIf
from django.http import QueryDict

from apps.accounts.models import Role, User
from apps.conversations.reading import unread_counts
from apps.core.listing import Listing, Sort
from apps.students.models import Placement, Status, Student

NAME = ("given_name", "family_name", "pk")


class StudentList(Listing[Student]):
    """The students that `user` may see."""

    route = "students:student_list"
    SORTS: ClassVar[dict[str, Sort]] = {
        "name": Sort("Name", "Given name", NAME),
        "family": Sort("Family name", "Family name", ("family_name", "given_name", "pk")),
        "code": Sort("Code", "Code", ("code",)),
        "grade": Sort("Grade", "Grade", ("grade", *NAME)),
        "status": Sort("Status", "Status", ("status", *NAME)),
        "newest": Sort("Newest first", "Added", ("-pk",), "Oldest first", falls=True),
    }

    def __init__(self, user: User, query: QueryDict) -> None:
        super().__init__(query)
        self.user = user

    @cached_property
    def status(self) -> str:
        """The status filtered by; empty for all."""
        return self.chosen("status", Status.values)

    @cached_property
    def batch(self) -> str:
        """The batch filtered by, as in `batches`; empty for all."""
        return self.chosen("batch", dict(self.batches)) if self.query.get("batch") else ""

    @property
    def filters(self) -> dict[str, str]:
        """Status and batch."""
        return {"status": self.status, "batch": self.batch}

    @cached_property
    def batches(self) -> list[tuple[str, str]]:
        """The batches to choose from: those in which there are students now, for a teacher own ones."""
        of = "enrollments__batch"
        inside = Student.objects.filter(enrollments__is_active=True, enrollments__batch__isnull=False)
        if self.user.role == Role.TEACHER:
            inside = inside.filter(enrollments__batch__teacher=self.user)
        rows = inside.order_by(f"{of}__course__title", f"{of}__name").values_list(
            f"{of}_id", f"{of}__course__title", f"{of}__name"
        )
        return [(str(pk), f"{course}: {name}") for pk, course, name in rows.distinct()]

    @cached_property
    def statuses(self) -> list[tuple[str, str]]:
        """The statuses to choose from."""
        return [(str(value), str(label)) for value, label in Status.choices]

    @property
    def found(self) -> QuerySet[Student]:
        """All that match."""
        students = Student.objects.visible_to(self.user)
        if self.text:
            students = students.search(self.text)
        if self.status:
            students = students.filter(status=self.status)
        if self.batch:
            students = students.in_batch(int(self.batch))
        return students

    def order_by(self) -> list[str | OrderBy]:
        """9 comes before 10, and those without a grade come last either way."""
        order = super().order_by()
        if self.sort.removeprefix("-") == "grade":
            grade = NullIf(F("grade"), Value(""))
            order.insert(0, OrderBy(Length(grade), descending=self.sort.startswith("-"), nulls_last=True))
        return order

    @cached_property
    def rows(self) -> list[tuple[Student, list[Placement]]]:
        """The students of the page, each with the batches they are in."""
        students = list(self.page)
        placements = Student.objects.filter(pk__in=[student.pk for student in students]).placements(self.user)
        return [(student, placements.get(student.pk, [])) for student in students]

    @cached_property
    def unread(self) -> dict[int, int]:
        """How much of each of their conversations is unread."""
        return unread_counts(self.user, [student.conversation_id for student, _ in self.rows])

    @property
    def invite_url(self) -> str:
        """Where those of this list who have no account can be invited."""
        return self.link(sort="name", route="students:invitation_create")
