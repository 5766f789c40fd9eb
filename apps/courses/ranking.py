"""Enrollments in an order that is counted first: in one query for all of them, where a join would take one for each."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from apps.courses.models import Enrollment, EnrollmentQuerySet


class Ranked(Sequence[Enrollment]):
    """`rows` as a paginator takes them: by the number that `counts` has for their students, the highest first.

    Equal ones stay in the order of `rows`; whoever has no number comes last. `backwards` turns all of it round.
    """

    def __init__(self, rows: EnrollmentQuerySet, counts: Mapping[int, int], *, backwards: bool = False) -> None:
        self.rows, self.counts, self.backwards = rows, counts, backwards

    @cached_property
    def _ids(self) -> list[int]:
        pairs = sorted(self.rows.values_list("pk", "student_id"), key=lambda pair: -self.counts.get(pair[1], 0))
        ids = [pk for pk, _ in pairs]
        return ids[::-1] if self.backwards else ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Enrollment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Enrollment]: ...
    def __getitem__(self, index: int | slice) -> Enrollment | list[Enrollment]:
        if isinstance(index, int):
            return self[index : index + 1 or None][0]
        ids = self._ids[index]
        found = self.rows.in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]

    def __iter__(self) -> Iterator[Enrollment]:
        return iter(self[:])
