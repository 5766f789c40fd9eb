"""Reports under /reports/, registered by the app that owns the figures when it is ready."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict


@dataclass(frozen=True)
class Report:
    """A report for those whom `may_see` lets in, shown by `template`.

    `read(user, query)` gathers what the URL asks for; the template finds it as `report`. `rows(report)` are the lines
    of the CSV file, the heads first.
    """

    name: str
    label: str
    order: int
    template: str
    may_see: Callable[[Any], bool]
    read: Callable[[Any, QueryDict], Any]
    rows: Callable[[Any], Iterable[Sequence[object]]]


_reports: list[Report] = []


def register(*reports: Report) -> None:
    """Add reports; called once, when the owning app is ready."""
    _reports.extend(reports)
    _reports.sort(key=lambda report: report.order)


def visible_to(user: Any) -> list[Report]:
    """The reports that this person may see, in order."""
    return [report for report in _reports if report.may_see(user)]
