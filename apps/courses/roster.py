"""What a page needs to show who is in a batch."""

from dataclasses import dataclass, field
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from apps.accounts.models import User
from apps.conversations.reading import unread_counts
from apps.core.finding import typed
from apps.courses import live, policies
from apps.courses.models import Batch, Enrollment
from apps.students.models import Student

PAGE = 1_000
CANDIDATES = 10


@dataclass
class Roster:
    """The students of a batch as one person sees them, and, while they search, those who could join."""

    batch: Batch
    viewer: User
    page: Page[Enrollment]
    search: str
    candidates: list[Student]
    may_edit: bool
    error: str = ""
    done: str = ""
    channel: str = field(init=False)

    def __post_init__(self) -> None:
        self.channel = live.channel(self.batch.pk)

    @property
    def size(self) -> int:
        """How many students are in the batch."""
        return self.page.paginator.count

    @property
    def here(self) -> str:
        """Where this page of it is fetched again."""
        url = reverse("courses:roster", args=[self.batch.pk])
        return f"{url}?page={self.page.number}" if self.page.number > 1 else url

    @cached_property
    def unread(self) -> dict[int, int]:
        """How much of each student's conversation is unread."""
        return unread_counts(self.viewer, [enrollment.student.conversation_id for enrollment in self.page])

    @property
    def free(self) -> int:
        """How many more have a place."""
        return max(self.batch.capacity - self.size, 0)


def open_roster(viewer: User, batch: Batch, page: str | None = None, search: str = "", **said: str) -> Roster:
    """A batch that `viewer` may see, in pages of 1,000 students by name; `said` is the `error` or what was `done`."""
    rows = batch.enrollments.filter(is_active=True).select_related("student")
    rows = rows.order_by("student__given_name", "student__family_name", "student_id")
    may_edit = policies.can_edit(viewer, batch)
    search = typed(search)
    return Roster(
        batch=batch,
        viewer=viewer,
        page=Paginator(rows, PAGE).get_page(page),
        search=search,
        candidates=find_candidates(viewer, batch, search) if may_edit else [],
        may_edit=may_edit,
        **said,
    )


def find_candidates(viewer: User, batch: Batch, search: str) -> list[Student]:
    """The first ten students who match and are not in the batch; none for an empty search.

    Each has `current`, the name of the batch of the same course where they are already, or None.
    """
    if not search:
        return []
    active = Enrollment.objects.filter(is_active=True)
    elsewhere = active.filter(student=OuterRef("pk"), course_id=batch.course_id)
    students = (
        Student.objects.visible_to(viewer).search(search).exclude(pk__in=active.filter(batch=batch).values("student"))
    )
    return list(students.annotate(current=Subquery(elsewhere.values("batch__name")[:1]))[:CANDIDATES])
