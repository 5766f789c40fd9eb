"""Places in courses and batches. Locks are taken in one order: batches, then the course, then enrollments."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.formats import number
from apps.courses.models import Batch, Course, Enrollment
from apps.students.models import Student


def place_of(student: Student, course_id: int) -> Enrollment | None:
    """A student's current enrollment in a course, locked; an expired one is closed and ignored."""
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("batch")
    held = rows.filter(student=student, course_id=course_id, is_active=True).first()
    if held and held.ends_at and held.ends_at <= timezone.now():
        held.is_active = False
        held.save(update_fields=["is_active"])
        return None
    return held


def lock_batch(pk: int | None) -> Batch | None:
    """Lock a batch: nobody else can take a place in it until the transaction ends."""
    return Batch.objects.select_for_update().get(pk=pk) if pk else None


def lock_course(pk: int) -> Course:
    """Lock a course: nobody else can take a place in it until the transaction ends."""
    return Course.objects.select_for_update(no_key=True).get(pk=pk)


def check_course_place(pk: int) -> None:
    """Raise ValidationError where a course is full; holds its lock from here on."""
    course = lock_course(pk)
    if course.capacity is not None:
        _check(course, Enrollment.objects.not_ended().filter(course=course).count(), course.capacity)


def check_batch_place(batch: Batch) -> None:
    """Raise ValidationError where a batch is full; the caller holds its lock."""
    _check(batch, batch.count_students(), batch.capacity)


def already_in(course: Course, student: Student) -> ValidationError:
    """The error for a student who is already enrolled."""
    return ValidationError(f"{student.full_name} already takes {course}.", code="already_in")


def close(enrollment: Enrollment) -> None:
    """End an enrollment now; one that ran out before keeps its end."""
    now = timezone.now()
    enrollment.is_active, enrollment.expires_at = False, min(enrollment.expires_at or now, now)
    enrollment.save(update_fields=["is_active", "expires_at"])


def _check(thing: Batch | Course, size: int, capacity: int) -> None:
    if size >= capacity:
        raise ValidationError(f"{thing} is full: {number(size)} of {number(capacity)} places are taken.", code="full")
