"""A list as its URL asks for it: searched, filtered, sorted, one page of it.

A list page is a subclass of `Listing` that declares its columns, sorts and filters, and a template that extends
`lists/list.html` and says what a row looks like. A value in the URL that makes no sense counts as absent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import OrderBy
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from apps.core.finding import typed
from apps.core.htmx import render_part, wants_fragment

type Choices = Iterable[tuple[Any, Any]]


class Sort(NamedTuple):
    """A way to sort. Where the first press should bring the newest up, the fields have a minus already (`falls`)."""

    label: str
    fields: tuple[str, ...]
    backwards: str = ""
    falls: bool = False


class Column(NamedTuple):
    """The head of a column, with the key of a sort where it sorts; `hidden` leaves the label to screen readers."""

    label: str
    sort: str = ""
    classes: str = ""
    hidden: bool = False


class Filter(NamedTuple):
    """A choice above the list.

    `name` stands in the URL, `everything` is the entry that leaves nothing out, `choices` are the values (with their
    labels) that this reader can choose from, and `apply` narrows the rows to one of them (by the field `name` where
    there is no `apply`). `buttons` shows the choices side by side instead of in a menu.
    """

    name: str
    label: str
    everything: str
    choices: Callable[[Any], Choices]
    apply: Callable[[Any, str], Any] | None = None
    buttons: bool = False


class Control:
    """A filter as one reader sees it."""

    def __init__(self, declared: Filter, user: Any, asked: str) -> None:
        self.declared = declared
        self._user = user
        self._asked = asked

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """Values and labels; asked for only where they are shown or needed to check the URL."""
        return [(str(value), str(label)) for value, label in self.declared.choices(self._user)]

    @cached_property
    def value(self) -> str:
        """The value filtered by; empty for all."""
        return self._asked if self._asked and self._asked in dict(self.choices) else ""


class Head(NamedTuple):
    """The head of a column on the page; `order` is `ascending` or `descending` where the list is sorted by it."""

    column: Column
    url: str = ""
    order: str = ""


class Listing[R]:
    """Rows of type R as `user` asks for them. Only `visible` and, with a search box, `search` are left to the list."""

    route: ClassVar[str]
    # What is counted: "student" and "students". Title and element's id follow from it, unless they are given.
    one: ClassVar[str]
    many: ClassVar[str]
    title: str = ""
    name: str = ""
    columns: ClassVar[Sequence[Column]] = ()
    sorts: ClassVar[Mapping[str, Sort]] = {}
    filters: ClassVar[Sequence[Filter]] = ()
    placeholder: ClassVar[str] = ""
    size: ClassVar[int] = 50
    # True if there are more rows than the list counts.
    uncounted: bool = False
    # The events on which an open page asks for its list again, where they aren't called like the channels.
    events: ClassVar[Sequence[str]] = ()

    def __init_subclass__(cls) -> None:
        cls.title = cls.title or cls.many.capitalize()
        cls.name = cls.name or cls.many.replace(" ", "-")

    def __init__(self, user: Any, query: QueryDict) -> None:
        self.user = user
        self.query = query

    def visible(self) -> Any:
        """Every row that the reader may see."""
        raise NotImplementedError

    def search(self, rows: Any, text: str) -> Any:
        """The rows in which `text` is found."""
        raise NotImplementedError

    @property
    def channels(self) -> Sequence[str]:
        """The stream's channels that bring the events; none where the page's own forms fire them."""
        return ()

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return typed(self.query.get("q", "")) if self.placeholder else ""

    @cached_property
    def controls(self) -> list[Control]:
        """The filters as this reader sees them."""
        return [Control(each, self.user, self.query.get(each.name, "")) for each in self.filters]

    @cached_property
    def values(self) -> dict[str, str]:
        """The value filtered by, for each filter's name; empty for all."""
        return {control.declared.name: control.value for control in self.controls}

    @property
    def filtered(self) -> bool:
        """Is anything left out?"""
        return bool(self.text or any(self.values.values()))

    @property
    def found(self) -> Any:
        """All that match, in any order."""
        rows = self.visible()
        if self.text:
            rows = self.search(rows, self.text)
        for each in self.filters:
            if value := self.values[each.name]:
                rows = each.apply(rows, value) if each.apply else rows.filter(**{each.name: value})
        return rows

    @property
    def matching(self) -> Any:
        """All that match, in order; anything that a paginator can count and slice."""
        return self.found.order_by(*self.order_by())

    @cached_property
    def sort(self) -> str:
        """A key of `sorts`, with a minus for the other way round."""
        sort = self.query.get("sort", "")
        return sort if sort.removeprefix("-") in self.sorts else self._usual

    @property
    def _usual(self) -> str:
        return next(iter(self.sorts), "")

    def order_by(self) -> list[str | OrderBy]:
        """The fields to order by."""
        fields = self.sorts[self.sort.removeprefix("-")].fields
        return [_flip(name) for name in fields] if self.sort.startswith("-") else list(fields)

    @property
    def orders(self) -> list[tuple[str, str]]:
        """The ways to sort to choose from where the heads of columns don't show."""
        choices = [(key, sort.label) for key, sort in self.sorts.items()]
        if self.sort.startswith("-"):
            sort = self.sorts[self.sort[1:]]
            choices.append((self.sort, sort.backwards or f"{sort.label}, backwards"))
        return choices

    @cached_property
    def page(self) -> Page[Any]:
        """The page that is asked for, or the nearest that there is."""
        return Paginator(self.matching, self.size).get_page(self.query.get("page"))

    @cached_property
    def rows(self) -> Sequence[R]:
        """What the rows of the page show."""
        return list(self.page)

    @property
    def noun(self) -> str:
        """What is counted, in the right number."""
        return self.one if self.page.paginator.count == 1 else self.many

    def path(self) -> str:
        """The URL of the list without a query."""
        return reverse(self.route)

    def link(self, sort: str = "", page: int = 1, path: str = "") -> str:
        """The URL of this list, sorted otherwise or on another page, without what is usual.

        With `path`, the URL of another page about the same rows.
        """
        query: dict[str, Any] = {"q": self.text, **self.values}
        query["sort"] = "" if (sort or self.sort) == self._usual else sort or self.sort
        query["page"] = page if page > 1 else ""
        encoded = QueryDict(mutable=True)
        encoded.update({name: str(value) for name, value in query.items() if value})
        return (path or self.path()) + (f"?{encoded.urlencode()}" if encoded else "")

    @property
    def url(self) -> str:
        """The URL of this very list."""
        return self.link(page=self.page.number)

    @property
    def previous(self) -> str:
        """The URL of the page before, empty if there is none."""
        return self.link(page=self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next(self) -> str:
        """The URL of the page after, empty if there is none."""
        return self.link(page=self.page.number + 1) if self.page.has_next() else ""

    @property
    def heads(self) -> list[Head]:
        """The heads of the columns; the one sorted by turns the order round."""
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> Head:
        if not (key := column.sort):
            return Head(column)
        ways = ("descending", "ascending") if self.sorts[key].falls else ("ascending", "descending")
        order = dict(zip((key, f"-{key}"), ways, strict=True)).get(self.sort, "")
        return Head(column, self.link(f"-{key}" if self.sort == key else key), order)


def titled(values: Iterable[str]) -> list[tuple[str, str]]:
    """Words as the choices of a filter: `pending` is shown as Pending."""
    return [(value, value.capitalize()) for value in values]


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def render_list(
    request: HttpRequest, listing: Listing[Any], template: str, *, layout: str = "shell.html", **context: Any
) -> HttpResponse:
    """The page of a list, in a layout, or for htmx its results alone, under an address without what is usual."""
    fragment = wants_fragment(request)
    context |= {"listing": listing, "fragment": fragment, "base": "lists/_results.html" if fragment else layout}
    response = render_part(request, template, template, context)
    if fragment and request.method == "GET" and request.get_full_path() != listing.url:
        # A form names all its fields, the address those that matter. What is typed leaves no steps to go back through.
        pushed = request.headers.get("HX-Source", "").startswith("fieldset")
        response.headers["HX-Push-Url" if pushed else "HX-Replace-Url"] = listing.url
    return response
