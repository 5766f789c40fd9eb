"""Computes an attempt's mark from its answers and its questions' keys."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction

from apps.assessments.marking import KeyStep, earned, rounded, share_by, total
from apps.assessments.models import Attempt, AttemptQuestion, QuestionVersion

# Looks up a version's keys; a preview passes one that includes an unsaved key.
Keys = Callable[[QuestionVersion], list[KeyStep]]


def stored_keys(version: QuestionVersion) -> list[KeyStep]:
    """The stored keys of a version."""
    return version.keys


def asked_of(attempt: Attempt) -> list[AttemptQuestion]:
    """An attempt's questions with everything that marking reads; a constant number of queries."""
    return asked_of_each([attempt]).get(attempt.pk, [])


def asked_of_each(attempts: Iterable[Attempt]) -> dict[int, list[AttemptQuestion]]:
    """The questions of many attempts, keyed by attempt id; a constant number of queries."""
    rows = AttemptQuestion.objects.filter(attempt__in=list(attempts)).select_related("version")
    found: dict[int, list[AttemptQuestion]] = {}
    for row in rows.prefetch_related("version__choices", "version__mendings", "answers").order_by("attempt", "slot"):
        found.setdefault(row.attempt_id, []).append(row)
    return found


def shares(attempt: Attempt, rows: list[AttemptQuestion], keys: Keys = stored_keys) -> list[Fraction]:
    """Each question with its exact points. Late answers don't count."""
    found = []
    for row in rows:
        given = next((answer.given for answer in row.answers.all() if not answer.is_late), None)
        found.append(earned(row.possible, share_by(keys(row.version), given, attempt.partial)))
    return found


def mark(attempt: Attempt) -> Decimal:
    """Mark each question and set the attempt's total, which the caller saves."""
    mark_each([attempt])
    return attempt.points or Decimal(0)


def mark_each(attempts: list[Attempt]) -> None:
    """Mark many attempts; sets each total, which the caller saves."""
    asked = asked_of_each(attempts)
    for attempt in attempts:
        exact = shares(attempt, rows := asked.get(attempt.pk, []))
        for row, points in zip(rows, exact, strict=True):
            row.points = rounded(points)
        attempt.points = total(exact)
    rows = [row for each in asked.values() for row in each]
    AttemptQuestion.objects.bulk_update(rows, ["points"], batch_size=200)
