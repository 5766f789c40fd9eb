"""The verbs of enrollments: who takes a course, from when until when."""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.academy_calendar import academy_midnight
from apps.courses import live, policies
from apps.courses import notices_enrollment as notices
from apps.courses.actions.places import (
    already_in,
    check_batch_place,
    check_course_place,
    close,
    lock_batch,
    lock_course,
    place_of,
)
from apps.courses.models import Course, Enrollment
from apps.students.models import Student


def enroll(
    actor: User, course: Course, student: Student, begins: date | None = None, ends: date | None = None
) -> Enrollment:
    """Enroll a student without a batch, from a day (default now) to the end of another (default none).

    A returning student keeps their progress. Raises PermissionDenied, ValidationError (already in
    it, full; of `begins` and `ends` by field).
    """
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't enroll students.")
    try:
        with transaction.atomic():
            lock_course(course.pk)
            if place_of(student, course.pk):
                raise already_in(course, student)
            check_course_place(course.pk)
            enrollment = Enrollment(student=student, course=course)
            _set_dates(enrollment, begins, ends)
            enrollment.save(force_insert=True)
            entry = audit.record(actor, "student.enrolled", course, student=student.pk)
            notices.enrolled(entry, actor, enrollment)
            live.enrollment_changed(enrollment)
    except IntegrityError:
        raise already_in(course, student) from None
    return enrollment


def change_dates(actor: User, enrollment: Enrollment, begins: date, ends: date | None) -> Enrollment:
    """Have an enrollment begin on another day, or end with another (None: never); returns it as saved.

    Raises PermissionDenied, ValidationError: by field, or because it is over and has to be begun anew.
    """
    with transaction.atomic():
        locked = _lock(actor, enrollment)
        if not Enrollment.objects.not_ended().filter(pk=locked.pk).exists():
            raise ValidationError("This enrollment has ended in the meantime: enroll them again.", code="over")
        before = (locked.enrolled_at, locked.expires_at)
        _set_dates(locked, begins, ends)
        if (locked.enrolled_at, locked.expires_at) == before:
            return locked
        locked.save(update_fields=["enrolled_at", "expires_at"])
        days = {"begins": locked.enrolled_on, "ends": locked.last_day}
        entry = audit.record(actor, "enrollment.changed", locked, **{name: str(day) for name, day in days.items()})
        if locked.expires_at != before[1]:
            notices.end_moved(entry, actor, locked)
        live.enrollment_changed(locked)
    return locked


def end_enrollment(actor: User, enrollment: Enrollment) -> Enrollment:
    """Withdraw a student, from a batch or not; an enrollment that has ended stays as it is. Raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, enrollment)
        if not locked.is_active:
            return locked
        close(locked)
        entry = audit.record(actor, "student.removed", locked.batch or locked.course, student=locked.student_id)
        notices.withdrawn(entry, actor, locked)
        live.enrollment_changed(locked)
    return locked


def undo_withdrawal(actor: User, enrollment: Enrollment, ends_at: datetime | None) -> Enrollment:
    """Reactivate a withdrawn enrollment as if nothing had happened, with its earlier end.

    Raises PermissionDenied, ValidationError (its place is taken, or the student has begun anew).
    """
    try:
        with transaction.atomic():
            batch = lock_batch(enrollment.batch_id)
            lock_course(enrollment.course_id)
            locked = _lock(actor, enrollment)
            if locked.is_active:
                return locked
            check_course_place(locked.course_id)
            if batch:
                check_batch_place(batch)
            locked.is_active, locked.expires_at = True, ends_at
            if locked.ends_at and locked.ends_at <= timezone.now():
                raise ValidationError("It has expired in the meantime: enroll them again.", code="over")
            locked.save(update_fields=["is_active", "expires_at"])
            audit.record(actor, "student.returned", locked.batch or locked.course, student=locked.student_id)
            notices.withdrawal_undone(locked)
            live.enrollment_changed(locked)
    except IntegrityError:
        raise already_in(enrollment.course, enrollment.student) from None
    return locked


def end_expired() -> int:
    """Close expired enrollments, each once, and refresh open pages; returns how many."""
    with transaction.atomic():
        expired = Enrollment.objects.expired().select_for_update(of=("self",))
        rows = list(expired.select_related("course", "batch").order_by("pk"))
        count = Enrollment.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)
        for row in rows:
            audit.record(None, "student.removed", row.batch or row.course, student=row.student_id)
        live.roster_changed(*{row.batch_id for row in rows if row.batch_id})
    return count


def _lock(actor: User, enrollment: Enrollment) -> Enrollment:
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't change enrollments.")
    rows = Enrollment.objects.select_for_update(of=("self",)).select_related("student", "course", "batch")
    return rows.get(pk=enrollment.pk)


def _set_dates(enrollment: Enrollment, begins: date | None, ends: date | None) -> None:
    """Set whole academy days; an unchanged day keeps its exact time. Raises ValidationError by field."""
    if begins and begins != enrollment.enrolled_on:
        enrollment.enrolled_at = academy_midnight(begins)
    if ends != enrollment.last_day:
        enrollment.expires_at = academy_midnight(ends + timedelta(days=1)) if ends else None
    if enrollment.expires_at and enrollment.expires_at <= enrollment.enrolled_at:
        raise ValidationError({"ends": "It ends before it begins."})
    if enrollment.expires_at and enrollment.expires_at <= timezone.now():
        raise ValidationError({"ends": "This day is in the past. To end it now, withdraw the student."})
