"""The verbs of enrollments: who takes a course, from when until when."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.courses import live, policies
from apps.courses.models import Course, Enrollment
from apps.students.models import Student


def enroll(actor: User, course: Course, student: Student) -> Enrollment:
    """Let a student take a course without a batch; raises PermissionDenied, ValidationError (already in it)."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't enroll students.")
    try:
        with transaction.atomic():
            if place_of(student, course.pk):
                raise ValidationError(f"{student.full_name} already takes {course}.", code="already_in")
            enrollment = Enrollment.objects.create(student=student, course=course)
            audit.record(actor, "student.enrolled", course, student=student.pk)
    except IntegrityError:
        raise ValidationError(f"{student.full_name} already takes {course}.", code="already_in") from None
    return enrollment


def end_enrollment(actor: User, enrollment: Enrollment) -> Enrollment:
    """End an enrollment, in a batch or not; one that has ended stays as it is. Raises as remove_student does."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't end enrollments.")
    if not enrollment.is_active:
        return enrollment
    with transaction.atomic():
        close(enrollment)
        audit.record(actor, "student.removed", enrollment.batch or enrollment.course, student=enrollment.student_id)
        if enrollment.batch_id:
            live.roster_changed(enrollment.batch_id)
    return enrollment


def end_expired() -> int:
    """End the enrollments whose time is over, each once; returns how many. Open pages are told as of any other end."""
    with transaction.atomic():
        expired = Enrollment.objects.expired().select_for_update(of=("self",))
        rows = list(expired.select_related("course", "batch").order_by("pk"))
        count = Enrollment.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)
        for row in rows:
            audit.record(None, "student.removed", row.batch or row.course, student=row.student_id)
        live.roster_changed(*{row.batch_id for row in rows if row.batch_id})
    return count


def place_of(student: Student, course_id: int) -> Enrollment | None:
    """The enrollment that holds a student's place in a course, locked; one that ran out is closed and doesn't count."""
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("batch")
    held = rows.filter(student=student, course_id=course_id, is_active=True).first()
    if held and held.ends_at and held.ends_at <= timezone.now():
        held.is_active = False
        held.save(update_fields=["is_active"])
        return None
    return held


def close(enrollment: Enrollment) -> None:
    """End an enrollment now; one that ran out before keeps its end."""
    now = timezone.now()
    enrollment.is_active, enrollment.expires_at = False, min(enrollment.expires_at or now, now)
    enrollment.save(update_fields=["is_active", "expires_at"])
