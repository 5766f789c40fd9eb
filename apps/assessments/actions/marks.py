"""The mark of an attempt, computed from its answers and the keys of its questions."""

from collections.abc import Callable
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
    rows = attempt.questions.select_related("version")
    return list(rows.prefetch_related("version__choices", "version__mendings", "answers"))


def shares(attempt: Attempt, rows: list[AttemptQuestion], keys: Keys = stored_keys) -> list[Fraction]:
    """The exact points of each question. Late answers don't count."""
    found = []
    for row in rows:
        given = next((answer.given for answer in row.answers.all() if not answer.is_late), None)
        found.append(earned(row.possible, share_by(keys(row.version), given, attempt.partial)))
    return found


def mark(attempt: Attempt) -> Decimal:
    """Mark each question and add up the attempt's points, which the caller saves."""
    rows = asked_of(attempt)
    exact = shares(attempt, rows)
    for row, points in zip(rows, exact, strict=True):
        row.points = rounded(points)
    AttemptQuestion.objects.bulk_update(rows, ["points"], batch_size=200)
    attempt.points = total(exact)
    return attempt.points
