"""What a student achieved: finished courses and certificates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.accounts.models import User
from apps.core.academy_calendar import academy_day
from apps.courses.models import Certificate, Course, CourseCompletion


@dataclass(frozen=True)
class Achievement:
    """A course that a student finished, on a day of the academy's calendar, or holds a certificate for."""

    title: str
    day: date
    certificate: Certificate | None = None


def of_course(user: User, course: Course) -> Achievement | None:
    """What this student achieved in their latest run of a course, or None.

    A page shows it with `courses/certificates/_achievement.html`, where it is `achievement`.
    """
    found = _achievements(
        CourseCompletion.objects.filter(student__user=user, course=course).order_by("-run"),
        Certificate.objects.filter(student__user=user, course=course).order_by("-run"),
    )
    return found[0] if found else None


def of_student(user: User) -> list[Achievement]:
    """Everything this student achieved, latest first; two queries."""
    facts = CourseCompletion.objects.filter(student__user=user).select_related("course")
    found = _achievements(facts, Certificate.objects.filter(student__user=user))
    return sorted(found, key=lambda each: each.day, reverse=True)


def _achievements(facts: Iterable[CourseCompletion], certificates: Iterable[Certificate]) -> list[Achievement]:
    """Certificates first, then what was finished without one."""
    papers = {(paper.course_id, paper.run): paper for paper in certificates}
    found = [Achievement(paper.course_title, paper.finished_on, paper) for paper in papers.values()]
    found += [
        Achievement(fact.course.title, academy_day(fact.finished_at))
        for fact in facts
        if (fact.course_id, fact.run) not in papers
    ]
    return found
