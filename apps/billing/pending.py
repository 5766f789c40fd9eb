"""The list of pending payments as its URL asks for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.billing import policies
from apps.billing.dues import BUCKET_NAMES, Due, Total, list_dues, total_dues
from apps.billing.dues import Filter as Which
from apps.billing.live import CHANNEL
from apps.conversations.reading import unread_counts
from apps.core.ids import element_id
from apps.core.listing import Column, Filter, Listing, Sort
from apps.courses.models import Batch, Enrollment
from apps.students.models import CONVERSATION_KIND, Student


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


class Dues:
    """Dues in order, counted and cut into pages by the database."""

    def __init__(self, which: Which, sort: str, count: int) -> None:
        self.which, self.sort, self._count = which, sort, count

    def count(self) -> int:
        """The number of rows on all pages."""
        return self._count

    def __getitem__(self, rows: slice) -> list[Due]:
        sort = self.sort.removeprefix("-")
        limit = rows.stop - rows.start
        return list_dues(self.which, sort, self.sort.startswith("-"), limit=limit, start=rows.start)


class PendingList(Listing[Row]):
    """Who owes what and since when."""

    route = "billing:pending_list"
    one, many = "pending payment", "pending payments"
    name = "dues"
    placeholder = "Name, code, e-mail or phone"
    sorts = {
        "oldest": Sort("Due longest", ("oldest",), "Due last"),
        "name": Sort("Student", ("name",)),
        "total": Sort("Total, least first", ("total",), "Total, most first"),
    }
    columns = (
        Column("Student", "name"),
        Column("Batch", classes="col-optional"),
        Column("Due since", "oldest"),
        *(Column(name.capitalize(), classes="num") for name in BUCKET_NAMES),
        Column("Total", "total", "num"),
        Column("Actions", hidden=True),
    )
    filters = (
        Filter("batch", "Batch", "All batches", lambda user: Batch.objects.visible_to(user).values_list("pk", "name")),
        Filter(
            "age",
            "Age of the dues",
            "Any age",
            lambda _: enumerate(f"{name.capitalize()} days" for name in BUCKET_NAMES),
        ),
    )

    @property
    def channels(self) -> Sequence[str]:
        """All that concerns money."""
        return (CHANNEL,)

    @cached_property
    def which(self) -> Which:
        """The filter for the database."""
        students = policies.payers_visible_to(self.user).search(self.text) if self.text else None
        batch, age = self.values["batch"], self.values["age"]
        return Which(students, int(batch) if batch else None, int(age) if age else None)

    @cached_property
    def totals(self) -> list[Total]:
        """Sums over all pages."""
        return total_dues(self.which)

    @property
    def matching(self) -> Dues:
        """All that match, in order."""
        return Dues(self.which, self.sort, sum(total.count for total in self.totals))

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The dues of the page, each with its student and the batches it concerns."""
        dues: list[Due] = list(self.page)
        students = Student.objects.in_bulk([due.student_id for due in dues])
        enrolled = _batches_of(list(students))
        names: dict[int, Any] = {int(pk): name for pk, name in self.controls[0].choices}
        return [
            Row(students[due.student_id], due, sorted(names[pk] for pk in due.batches | enrolled[due.student_id]))
            for due in dues
        ]

    @cached_property
    def unread(self) -> dict[int, int]:
        """The number of unread messages in each student's conversation."""
        return unread_counts(self.user, {row.student.conversation_id for row in self.rows}, CONVERSATION_KIND)


def _batches_of(student_ids: list[int]) -> dict[int, set[int]]:
    """The ids of the batches that each student is in now; one query."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    enrolled = Enrollment.objects.not_ended().filter(student__in=student_ids, batch__isnull=False).order_by()
    for student_id, batch_id in enrolled.values_list("student_id", "batch_id"):
        found[student_id].add(batch_id)
    return found
