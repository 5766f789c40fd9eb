"""Course completions, recorded once with a date. Checked when a lesson is completed and when one is removed."""

import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from apps.core import metrics
from apps.core.jobs import enqueue_after_commit
from apps.courses import live, progress
from apps.courses.actions.certificates import award
from apps.courses.models import Certificate, Course, CourseCompletion, Enrollment, Lesson
from apps.students.models import Student

log = logging.getLogger("homeroom.courses")


class Settled(NamedTuple):
    """What was missing and is there now: that students finished a course, and certificates of those who had."""

    completions: int = 0
    certificates: int = 0


def settle(student: Student, course: Course, run: int) -> CourseCompletion | None:
    """Record that the student finished the course if every required lesson is done; the first time sets the date.

    Called in the transaction that may have made it so; the certificate that follows from it is issued there, too.
    """
    standing = progress.of(student, course)
    if not standing.is_complete:
        return None
    fact, _ = CourseCompletion.objects.get_or_create(
        student=student, course=course, run=run, defaults={"lessons": standing.total}
    )
    award(student, course, run)
    return fact


def settle_later(course: Course) -> None:
    """Settle everyone in a course, in the background after the commit: called by what takes lessons out of it.

    A lesson that is removed, hidden or made optional may have been the last that somebody had to do; a rule for
    certificates may be met by those who have finished already.
    """
    enqueue_after_commit("courses.settle_course", course.pk)


def settle_course(course_id: int) -> Settled:
    """Record everyone who has done all required lessons, and award certificates; returns what was missing."""
    course = Course.objects.filter(pk=course_id).first()
    if course is None:
        return Settled()
    done = _finished_unnoticed(course)
    completions = sum(_settle_one(pk, course) for pk in done.values_list("pk", flat=True).order_by("pk"))
    awarded = [award(fact.student, course, fact.run) for fact in _without_certificate(course)]
    return Settled(completions, sum(certificate is not None for certificate in awarded))


def settle_all() -> Settled:
    """Recount every course, for the night: a job that was lost, or a row that was changed by hand, is made up for.

    Nothing is found where all went well, so what is found is counted and logged.
    """
    found = Settled()
    for pk in Course.objects.order_by("pk").values_list("pk", flat=True):
        missing = settle_course(pk)
        if any(missing):
            log.warning("course %s lacked %s completions and %s certificates", pk, *missing)
            found = Settled(*map(sum, zip(found, missing, strict=True)))
    for what, count in found._asdict().items():
        metrics.settled_late.labels(what).inc(count)
    return found


def _finished_unnoticed(course: Course) -> QuerySet[Enrollment]:
    """Valid enrollments of students who have done every required lesson but have no recorded completion."""
    total = Lesson.objects.counting().filter(module__course=course).count()
    enrollments = Enrollment.objects.valid().filter(course=course)
    if not total:
        return enrollments.none()
    rows = progress.completed().filter(lesson__module__course=course)
    all_done = rows.values("student").annotate(count=Count("*")).filter(count=total).values("student")
    known = CourseCompletion.objects.filter(student=OuterRef("student"), course=course, run=OuterRef("run"))
    return enrollments.filter(student__in=all_done).exclude(Exists(known))


def _settle_one(enrollment_id: int, course: Course) -> bool:
    """Takes the same lock as completing a lesson."""
    with transaction.atomic():
        held = Enrollment.objects.valid().select_for_update(of=("self",)).select_related("student")
        enrollment = held.filter(pk=enrollment_id).first()
        if enrollment is None or settle(enrollment.student, course, enrollment.run) is None:
            return False
        live.progress_changed(course.pk, enrollment.student.user_id)
        return True


def _without_certificate(course: Course) -> QuerySet[CourseCompletion]:
    if not course.certificate_rule:
        return CourseCompletion.objects.none()
    mine = Certificate.objects.filter(student=OuterRef("student"), course=course, run=OuterRef("run"))
    facts = CourseCompletion.objects.filter(course=course).exclude(Exists(mine))
    return facts.select_related("student").order_by("pk")
