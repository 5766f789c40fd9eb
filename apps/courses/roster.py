"""Who is in a batch, as a list, and who could join it."""

from functools import cached_property

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.conversations.reading import unread_counts
from apps.core.finding import typed
from apps.core.ids import element_id
from apps.core.listing import Column, Listing, Sort
from apps.courses import live, policies
from apps.courses.models import Batch, Enrollment
from apps.students.models import CONVERSATION_KIND, Student

CANDIDATES = 10


class Roster(Listing[Enrollment]):
    """The students of a batch as one person sees them, and, while they search, those who could join.

    `error` or `done` says what came of a change.
    """

    one, many = "student", "students"
    size = 1_000
    sorts = {"name": Sort("Name", ("student__given_name", "student__family_name", "student_id"))}
    columns = (
        *(Column(label) for label in ("Name", "Code", "Grade", "Status", "In the course since")),
        Column("Actions", hidden=True),
    )

    def __init__(self, user: User, batch: Batch, query: QueryDict, error: str = "", done: str = "") -> None:
        super().__init__(user, query)
        self.batch, self.error, self.done = batch, error, done
        self.name = element_id(batch, "roster")
        self.channel = live.channel(batch.pk)
        self.may_edit = policies.can_edit(user, batch)
        self.wanted = typed(query.get("q", ""))

    def visible(self) -> QuerySet[Enrollment]:
        """The running enrollments of the batch, which the reader has been found to see."""
        return self.batch.enrollments.not_ended().select_related("student")

    def path(self) -> str:
        """The roster for htmx, and the batch's page with it otherwise."""
        return reverse("courses:roster", args=[self.batch.pk])

    @cached_property
    def candidates(self) -> list[Student]:
        """The students who could join, for those who may add them."""
        return find_candidates(self.user, self.batch, self.wanted) if self.may_edit else []

    @cached_property
    def unread(self) -> dict[int, int]:
        """The number of unread messages in each student's conversation."""
        ids = [enrollment.student.conversation_id for enrollment in self.rows]
        return unread_counts(self.user, ids, CONVERSATION_KIND)

    @property
    def free(self) -> int:
        """How many more have a place."""
        return max(self.batch.capacity - self.page.paginator.count, 0)


def find_candidates(viewer: User, batch: Batch, search: str) -> list[Student]:
    """The first ten students who match and are not in the batch; none for an empty search.

    Each has `current`, the name of the batch of the same course where they are already, or None.
    """
    if not search:
        return []
    active = Enrollment.objects.not_ended()
    elsewhere = active.filter(student=OuterRef("pk"), course_id=batch.course_id)
    students = (
        Student.objects.visible_to(viewer).search(search).exclude(pk__in=active.filter(batch=batch).values("student"))
    )
    return list(students.annotate(current=Subquery(elsewhere.values("batch__name")[:1]))[:CANDIDATES])
