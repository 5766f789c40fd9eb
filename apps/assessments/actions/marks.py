"""The mark of an attempt, computed from its answers and the keys of its questions."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from apps.assessments.marking import KeyStep, earned, rounded, share_by, total
from apps.assessments.models import Attempt, AttemptQuestion, QuestionVersion

# The keys of a version, instead of those that are stored.
Keys = Callable[[QuestionVersion], list[KeyStep]]


def stored_keys(version: QuestionVersion) -> list[KeyStep]:
    """The keys of a version as they are stored."""
    return version.keys


def asked_of(attempt: Attempt) -> list[AttemptQuestion]:
    """The questions of an attempt with all that marking reads, in a number of queries that doesn't grow."""
    return asked_of_each([attempt]).get(attempt.pk, [])


def asked_of_each(attempts: Iterable[Attempt]) -> dict[int, list[AttemptQuestion]]:
    """The same for many attempts at once, by attempt."""
    rows = AttemptQuestion.objects.filter(attempt__in=list(attempts)).select_related("version")
    found: dict[int, list[AttemptQuestion]] = {}
    for row in rows.prefetch_related("version__choices", "version__mendings", "answers").order_by("attempt", "slot"):
        found.setdefault(row.attempt_id, []).append(row)
    return found


def shares(attempt: Attempt, rows: list[AttemptQuestion], keys: Keys = stored_keys) -> list[Fraction]:
    """The exact points of each question. Late answers don't count."""
    found = []
    for row in rows:
        given = next((answer.given for answer in row.answers.all() if not answer.is_late), None)
        found.append(earned(row.possible, share_by(keys(row.version), given, attempt.partial)))
    return found


def mark(attempt: Attempt) -> Decimal:
    """Mark each question and add up the attempt's points, which the caller saves."""
    mark_each([attempt])
    return attempt.points or Decimal(0)


def mark_each(attempts: list[Attempt]) -> None:
    """The same for many attempts: each attempt's points are set, which the caller saves."""
    asked = asked_of_each(attempts)
    for attempt in attempts:
        exact = shares(attempt, rows := asked.get(attempt.pk, []))
        for row, points in zip(rows, exact, strict=True):
            row.points = rounded(points)
        attempt.points = total(exact)
    rows = [row for each in asked.values() for row in each]
    AttemptQuestion.objects.bulk_update(rows, ["points"], batch_size=200)
