"""Who holds a place in a batch: students are found by it, the app that owns enrollments says what it means, and until
when.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

type Rule = Callable[[datetime, str], Q]
# Takes a teacher and a student's id; returns when the last place of this student in the teacher's batches ends.
type Ends = Callable[[Any, int], datetime | None]

_rules: list[Rule] = []
_ends: list[Ends] = []


def register(rule: Rule, ends: Ends) -> None:
    """Say which enrollments count at a moment, as a condition on what a prefix (`enrollments__`) leads to.

    `ends` says when a teacher's students are theirs no longer, by the clock alone.
    """
    _rules[:] = [rule]
    _ends[:] = [ends]


def placed(prefix: str = "enrollments__") -> Q:
    """Enrollments that hold a place now; in one `filter` with whatever else is asked of the same enrollment."""
    (rule,) = _rules
    return rule(timezone.now(), prefix)


def taught_until(teacher: Any, student_id: int) -> datetime | None:
    """The moment at which a student who is taught by this person now isn't any more, by the clock; None: no end."""
    (ends,) = _ends
    return ends(teacher, student_id)
