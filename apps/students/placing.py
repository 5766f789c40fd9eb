"""Who holds a place in a batch: students are found by it, the app that owns enrollments says what it means."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

type Rule = Callable[[datetime, str], Q]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Say which enrollments count at a moment, as a condition on what a prefix (`enrollments__`) leads to."""
    _rules[:] = [rule]


def placed(prefix: str = "enrollments__") -> Q:
    """Enrollments that hold a place now; in one `filter` with whatever else is asked of the same enrollment."""
    (rule,) = _rules
    return rule(timezone.now(), prefix)
