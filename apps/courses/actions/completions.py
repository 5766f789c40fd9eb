"""Who finished a course: a fact with a date. What is done is counted when a lesson is completed, and when one goes."""

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from apps.core.jobs import enqueue_after_commit
from apps.courses import live, progress
from apps.courses.actions.certificates import award
from apps.courses.models import Certificate, Course, CourseCompletion, Enrollment, Lesson, LessonProgress
from apps.students.models import Student


def settle(student: Student, course: Course, run: int) -> CourseCompletion | None:
    """Keep that the student finished the course, if all that counts is done; the first time decides the date.

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


def settle_course(course_id: int) -> int:
    """Settle all who take a course now and have done all that counts, and award what they earned; how many were new."""
    course = Course.objects.filter(pk=course_id).first()
    if course is None:
        return 0
    done = _finished_unnoticed(course)
    count = sum(_settle_one(pk, course) for pk in done.values_list("pk", flat=True).order_by("pk"))
    for fact in _without_certificate(course):
        award(fact.student, course, fact.run)
    return count


def _finished_unnoticed(course: Course) -> QuerySet[Enrollment]:
    """The valid enrollments of those who have done all that counts, without the fact."""
    counting = Lesson.objects.counting().filter(module__course=course)
    total = counting.count()
    enrollments = Enrollment.objects.valid().filter(course=course)
    if not total:
        return enrollments.none()
    rows = LessonProgress.objects.filter(completed_at__isnull=False, lesson__in=counting).order_by()
    all_done = rows.values("student").annotate(count=Count("pk")).filter(count=total).values("student")
    known = CourseCompletion.objects.filter(student=OuterRef("student"), course=course, run=OuterRef("run"))
    return enrollments.filter(student__in=all_done).exclude(Exists(known))


def _settle_one(enrollment_id: int, course: Course) -> bool:
    """Under the lock that completing a lesson takes."""
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
