"""A list as its URL asks for it: searched, filtered, sorted, one page of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Model, OrderBy, QuerySet
from django.http import QueryDict
from django.urls import reverse

from apps.core.finding import typed

PAGE = 50


class Sort(NamedTuple):
    """A way to sort: what people call it, how its column's head is called, and the fields.

    Where the first press should bring the newest up, the fields have a minus already (`falls`).
    """

    label: str
    head: str
    fields: tuple[str, ...]
    backwards: str = ""
    falls: bool = False


class Head(NamedTuple):
    """The head of a column that sorts; `order` is `ascending` or `descending` where the list is sorted by it."""

    key: str
    label: str
    url: str
    order: str


class Listing[M: Model]:
    """Rows of one model; what makes no sense in the query is as if it weren't there.

    A list says how it sorts (the first of SORTS unless the URL says otherwise), under which name of a route it is,
    what it filters by, and which rows match.
    """

    SORTS: ClassVar[Mapping[str, Sort]]
    route: ClassVar[str]

    def __init__(self, query: QueryDict) -> None:
        self.query = query

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return typed(self.query.get("q", ""))

    @property
    def filters(self) -> dict[str, str]:
        """What is filtered by, by the name in the URL; empty for all."""
        raise NotImplementedError

    @property
    def found(self) -> QuerySet[M]:
        """All that match, in whatever order."""
        raise NotImplementedError

    @property
    def matching(self) -> QuerySet[M]:
        """All that match, in order."""
        return self.found.order_by(*self.order_by())

    def chosen(self, name: str, values: object) -> str:
        """What the URL says for a filter, if it is one of these values."""
        value = self.query.get(name, "")
        return value if value and value in values else ""  # type: ignore[operator]

    @cached_property
    def sort(self) -> str:
        """A key of SORTS, with a minus for the other way round."""
        sort = self.query.get("sort", "")
        return sort if sort.removeprefix("-") in self.SORTS else self._usual

    @property
    def _usual(self) -> str:
        return next(iter(self.SORTS))

    @property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return bool(self.text or any(self.filters.values()))

    @property
    def sorts(self) -> list[tuple[str, str]]:
        """The ways to sort to choose from, for where the heads of columns don't show."""
        choices = [(key, sort.label) for key, sort in self.SORTS.items()]
        if self.sort.startswith("-"):
            sort = self.SORTS[self.sort[1:]]
            choices.append((self.sort, sort.backwards or f"{sort.label}, backwards"))
        return choices

    def order_by(self) -> list[str | OrderBy]:
        """The fields to order by."""
        fields = self.SORTS[self.sort.removeprefix("-")].fields
        return [_flip(name) for name in fields] if self.sort.startswith("-") else list(fields)

    @cached_property
    def page(self) -> Page[M]:
        """The page that is asked for, or the nearest that there is."""
        return Paginator(self.matching, PAGE).get_page(self.query.get("page"))

    def link(self, sort: str = "", page: int = 1, route: str = "") -> str:
        """The URL of this list, sorted otherwise or on another page; what is as usual isn't in it.

        With `route`, of another page about the same rows.
        """
        query: dict[str, Any] = {"q": self.text, **self.filters}
        query["sort"] = "" if (sort or self.sort) == self._usual else sort or self.sort
        query["page"] = page if page > 1 else ""
        encoded = QueryDict(mutable=True)
        encoded.update({name: str(value) for name, value in query.items() if value})
        return reverse(route or self.route) + (f"?{encoded.urlencode()}" if encoded else "")

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
        return {key: self._head(key, sort) for key, sort in self.SORTS.items()}

    def _head(self, key: str, sort: Sort) -> Head:
        ways = ("descending", "ascending") if sort.falls else ("ascending", "descending")
        order = dict(zip((key, f"-{key}"), ways, strict=True)).get(self.sort, "")
        return Head(key, sort.head, self.link(f"-{key}" if self.sort == key else key), order)


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
