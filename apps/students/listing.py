"""The list of students as its URL asks for it: searched, filtered, sorted, one page of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy, QuerySet, Value
from django.db.models.functions import Length, NullIf
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.conversations.reading import unread_counts
from apps.core.finding import typed
from apps.students.models import Placement, Status, Student

PAGE = 50
NAME = ("given_name", "family_name", "pk")


class Sort(NamedTuple):
    """A way to sort: what people call it, how its column's head is called, and the fields."""

    label: str
    head: str
    fields: tuple[str, ...]


SORTS = {
    "name": Sort("Name", "Given name", NAME),
    "family": Sort("Family name", "Family name", ("family_name", "given_name", "pk")),
    "code": Sort("Code", "Code", ("code",)),
    "grade": Sort("Grade", "Grade", ("grade", *NAME)),
    "status": Sort("Status", "Status", ("status", *NAME)),
    "newest": Sort("Newest first", "Added", ("-pk",)),
}


class Head(NamedTuple):
    """The head of a column that sorts."""

    key: str
    label: str
    url: str
    order: str


@dataclass
class StudentList:
    """The students that `user` may see, as `query` asks; what makes no sense in it is as if it weren't there."""

    user: User
    query: QueryDict

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return typed(self.query.get("q", ""))

    @cached_property
    def status(self) -> str:
        """The status filtered by; empty for all."""
        status = self.query.get("status", "")
        return status if status in Status.values else ""

    @cached_property
    def batch(self) -> str:
        """The batch filtered by, as in `batches`; empty for all."""
        batch = self.query.get("batch", "")
        return batch if batch and batch in dict(self.batches) else ""

    @cached_property
    def sort(self) -> str:
        """A key of SORTS, with a minus for the other way round."""
        sort = self.query.get("sort", "")
        return sort if sort.removeprefix("-") in SORTS else "name"

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

    @cached_property
    def sorts(self) -> list[tuple[str, str]]:
        """The ways to sort to choose from, for where the heads of columns don't show."""
        choices = [(key, sort.label) for key, sort in SORTS.items()]
        if self.sort.startswith("-"):
            label = SORTS[self.sort[1:]].label
            choices.append((self.sort, "Oldest first" if self.sort == "-newest" else f"{label}, backwards"))
        return choices

    @cached_property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return bool(self.text or self.status or self.batch)

    @cached_property
    def matching(self) -> QuerySet[Student]:
        """All that match, in order."""
        students = Student.objects.visible_to(self.user)
        if self.text:
            students = students.search(self.text)
        if self.status:
            students = students.filter(status=self.status)
        if self.batch:
            students = students.in_batch(int(self.batch))
        return students.order_by(*self._order())

    def _order(self) -> list[str | OrderBy]:
        key, backwards = self.sort.removeprefix("-"), self.sort.startswith("-")
        order: list[str | OrderBy] = [_flip(name) if backwards else name for name in SORTS[key].fields]
        if key == "grade":
            # 9 comes before 10, and those without a grade come last either way.
            length = OrderBy(Length(NullIf(F("grade"), Value(""))), descending=backwards, nulls_last=True)
            order.insert(0, length)
        return order

    @cached_property
    def page(self) -> Page[Student]:
        """The page that is asked for, or the nearest that there is."""
        return Paginator(self.matching, PAGE).get_page(self.query.get("page"))

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

    def link(self, sort: str = "", page: int = 1) -> str:
        """The URL of this list, sorted otherwise or on another page; what is as usual isn't in it."""
        query = self._filters()
        sort = sort or self.sort
        if sort != "name":
            query["sort"] = sort
        if page > 1:
            query["page"] = str(page)
        return reverse("students:student_list") + (f"?{query.urlencode()}" if query else "")

    @property
    def invite_url(self) -> str:
        """Where those of this list who have no account can be invited."""
        query = self._filters()
        return reverse("students:invitation_create") + (f"?{query.urlencode()}" if query else "")

    def _filters(self) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, value in (("q", self.text), ("status", self.status), ("batch", self.batch)):
            if value:
                query[name] = value
        return query

    @property
    def url(self) -> str:
        """This very list."""
        return self.link(page=self.page.number)

    @property
    def previous(self) -> str:
        """The page before, empty if there is none."""
        return self.link(page=self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next(self) -> str:
        """The page after, empty if there is none."""
        return self.link(page=self.page.number + 1) if self.page.has_next() else ""

    @property
    def heads(self) -> dict[str, Head]:
        """The heads of the columns; the one sorted by turns the order round."""
        return {key: self._head(key) for key in SORTS}

    def _head(self, key: str) -> Head:
        down = "ascending" if key == "newest" else "descending"
        up = "descending" if key == "newest" else "ascending"
        order = {key: up, f"-{key}": down}.get(self.sort, "")
        return Head(key, SORTS[key].head, self.link(f"-{key}" if self.sort == key else key), order)


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
