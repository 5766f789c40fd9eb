"""The list of pending payments as one person has set it up: all of it is in the URL."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import User
from apps.billing import policies
from apps.billing.dues import BUCKET_NAMES, SORTS, Due, Filter, Total, list_dues, total_dues
from apps.conversations.reading import unread_counts
from apps.core.finding import typed
from apps.core.ids import element_id
from apps.courses.models import Batch, Enrollment
from apps.students.models import Student

PAGE = 50
DEFAULT_SORT = "oldest"


@dataclass(frozen=True)
class Row:
    """One line of the list: a student's dues in one currency."""

    student: Student
    due: Due
    batches: list[str]

    @property
    def id(self) -> str:
        """The start of its elements' ids."""
        return element_id(self.student, self.due.currency.lower())


@dataclass(frozen=True)
class SortLink:
    """A heading that sorts: where it leads, and for the one in use `ascending` or `descending` (aria-sort)."""

    url: str
    direction: str


@dataclass
class Pending:
    """What was asked for, and what there is of it. Values that make no sense count as not given."""

    viewer: User
    search: str = ""
    batch: int | None = None
    bucket: int | None = None
    sort: str = DEFAULT_SORT
    page: int = 1
    batches: list[Batch] = field(default_factory=list)

    @classmethod
    def asked(cls, viewer: User, query: QueryDict) -> Self:
        """From a query string."""
        batches = list(Batch.objects.visible_to(viewer).only("pk", "name"))
        batch, bucket, page = (_number(query.get(name, "")) for name in ("batch", "age", "page"))
        sort = query.get("sort", "")
        return cls(
            viewer=viewer,
            search=typed(query.get("q", "")),
            batch=batch if any(known.pk == batch for known in batches) else None,
            bucket=bucket if bucket is not None and bucket < len(BUCKET_NAMES) else None,
            sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
            page=max(page or 1, 1),
            batches=batches,
        )

    @cached_property
    def which(self) -> Filter:
        """The filter for the database."""
        students = policies.payers_visible_to(self.viewer).search(self.search) if self.search else None
        return Filter(students, self.batch, self.bucket)

    @cached_property
    def totals(self) -> list[Total]:
        """Sums over all pages."""
        return total_dues(self.which)

    @property
    def count(self) -> int:
        """Rows on all pages."""
        return sum(total.count for total in self.totals)

    @property
    def pages(self) -> int:
        """How many pages there are; one at least."""
        return max(1, -(-self.count // PAGE))

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of this page: the last one where there aren't so many."""
        self.page = min(self.page, self.pages)
        sort = self.sort.removeprefix("-")
        dues = list_dues(self.which, sort, self.sort.startswith("-"), limit=PAGE, start=(self.page - 1) * PAGE)
        students = Student.objects.in_bulk([due.student_id for due in dues])
        enrolled = _batches_of(list(students))
        names = {batch.pk: batch.name for batch in self.batches}
        return [
            Row(students[due.student_id], due, sorted(names[pk] for pk in due.batches | enrolled[due.student_id]))
            for due in dues
        ]

    @cached_property
    def unread(self) -> dict[int, int]:
        """How much of each student's conversation is unread."""
        return unread_counts(self.viewer, {row.student.conversation_id for row in self.rows})

    @property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return bool(self.search) or self.batch is not None or self.bucket is not None

    @property
    def columns(self) -> list[tuple[int, str, bool]]:
        """The ageing columns: number, name, and whether the list is filtered by it."""
        return [(number, name, number == self.bucket) for number, name in enumerate(BUCKET_NAMES)]

    def url(self, **changes: object) -> str:
        """This list with some of it changed; another filter or order starts on its first page."""
        given = {"q": self.search or None, "batch": self.batch, "age": self.bucket, "sort": self.sort} | changes
        defaults = {"sort": DEFAULT_SORT, "page": 1}
        query = {name: value for name, value in given.items() if value is not None and value != defaults.get(name)}
        return reverse("billing:pending_list") + (f"?{urlencode(query)}" if query else "")

    @property
    def here(self) -> str:
        """This page of this list."""
        return self.url(page=self.page)

    @property
    def previous_url(self) -> str | None:
        """The page before this one."""
        return self.url(page=self.page - 1) if self.page > 1 else None

    @property
    def next_url(self) -> str | None:
        """The page after this one."""
        return self.url(page=self.page + 1) if self.page < self.pages else None

    @property
    def first(self) -> int:
        """The number of this page's first row."""
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """The number of this page's last row."""
        return self.first + len(self.rows) - 1

    @property
    def sorts(self) -> dict[str, SortLink]:
        """The headings that sort; the one in use turns the order round."""
        links = {}
        for name in SORTS:
            direction = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
            links[name] = SortLink(self.url(sort=f"-{name}" if direction == "ascending" else name), direction)
        return links


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _batches_of(student_ids: list[int]) -> dict[int, set[int]]:
    """The ids of the batches that each student is in now; one query."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    enrolled = Enrollment.objects.filter(student__in=student_ids, is_active=True, batch__isnull=False).order_by()
    for student_id, batch_id in enrolled.values_list("student_id", "batch_id"):
        found[student_id].add(batch_id)
    return found
