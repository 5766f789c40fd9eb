"""When a student gets a course's certificate. Rooms above add rules of their own (a final mark).

Courses know only their names. A room whose facts changed calls `actions.award(student, course, run)`, which asks the
course's rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.courses.models import Course
    from apps.students.models import Student


@dataclass(frozen=True)
class CertificateRule:
    """A rule by which a course gives its certificate: `sentence` tells the student what is asked for it.

    `is_met(student, course, run)` is asked in the transaction that may have met it.
    """

    name: str
    label: str
    sentence: str
    is_met: Callable[["Student", "Course", int], bool]


_rules: dict[str, CertificateRule] = {}


def register(*rules: CertificateRule) -> None:
    """Add rules; called by the owning app when it is ready."""
    _rules.update({rule.name: rule for rule in rules})


def find(name: str) -> CertificateRule | None:
    """The rule of a name; None for a course that gives no certificate, or whose rule nobody registers any more."""
    return _rules.get(name)


def choices() -> list[tuple[str, str]]:
    """Names and labels for a form; the empty name is for no certificate."""
    return [("", "No certificate"), *((rule.name, rule.label) for rule in _rules.values())]


def _has_finished(student: "Student", course: "Course", run: int) -> bool:
    from apps.courses.models import CourseCompletion

    return CourseCompletion.objects.filter(student=student, course=course, run=run).exists()


COMPLETED = CertificateRule(
    "completed",
    "When all lessons are done",
    "You get a certificate when all lessons that count are done.",
    _has_finished,
)
