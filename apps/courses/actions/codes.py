"""Enrollment codes, and joining an open course."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.academy_calendar import academy_midnight, academy_today
from apps.courses import live, policies
from apps.courses.actions.batches import join as join_batch
from apps.courses.actions.places import check_course_place, lock_batch, lock_course, place_of
from apps.courses.models import Batch, Course, Enrollment, EnrollmentCode
from apps.students.models import Student

# Without characters that look alike on a whiteboard.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 8
SHORTEST = 4
USED_UP = "This code has been used up. Ask for a new one."


@dataclass(frozen=True)
class NewCode:
    """A requested code: a chosen word (or a random one if empty), and what it grants."""

    text: str
    uses: int
    batch: Batch | None = None
    last_day: date | None = None
    access_days: int | None = None


def normalized(text: str) -> str:
    """A code normalised for comparison: upper case, letters and digits only."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())


def make_code(actor: User, course: Course, asked: NewCode) -> EnrollmentCode:
    """Make a code for a course, perhaps into a batch of it; raises PermissionDenied, ValidationError (by field)."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't create codes.")
    text = normalized(asked.text)
    if asked.text and len(text) < SHORTEST:
        raise ValidationError({"text": f"Use {SHORTEST} letters or digits, or more: a short word is easy to guess."})
    if asked.last_day and asked.last_day < academy_today():
        raise ValidationError({"last_day": "This day is in the past."})
    code = EnrollmentCode(course=course, batch=asked.batch, uses=asked.uses, access_days=asked.access_days)
    code.text = text or "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    code.expires_at = academy_midnight(asked.last_day + timedelta(days=1)) if asked.last_day else None
    code.created_by = actor
    try:
        with transaction.atomic():
            code.save(force_insert=True)
            audit.record(actor, "code.made", course, code=code.pk)
            live.people_changed(course.pk)
    except IntegrityError:
        raise ValidationError({"text": "This code is taken. Choose another word."}) from None
    return code


def stop_code(actor: User, code: EnrollmentCode) -> bool:
    """Deactivate a code; returns False if it already was. Raises PermissionDenied."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't stop codes.")
    with transaction.atomic():
        stopped = EnrollmentCode.objects.filter(pk=code.pk, is_active=True).update(is_active=False)
        if stopped:
            audit.record(actor, "code.stopped", code.course, code=code.pk)
            live.people_changed(code.course_id)
    return bool(stopped)


def join(actor: User, course: Course) -> Enrollment:
    """Join an open course; raises PermissionDenied, ValidationError (full, or already enrolled)."""
    student = _student(actor)
    if not policies.can_join(actor, course):
        raise PermissionDenied("This course isn't open to join.")
    try:
        with transaction.atomic():
            locked = lock_course(course.pk)
            if place_of(student, course.pk):
                raise _have_it(course)
            check_course_place(course.pk)
            enrollment = Enrollment(student=student, course=course, expires_at=end_of(locked.access_days))
            enrollment.save(force_insert=True)
            audit.record(actor, "course.joined", course, student=student.pk)
            live.enrollment_changed(enrollment)
    except IntegrityError:
        raise _have_it(course) from None
    return enrollment


def use_code(actor: User, text: str) -> Enrollment:
    """Join a course with a code; raises PermissionDenied (not a student), ValidationError (`code`) with the reason."""
    student = _student(actor)
    try:
        with transaction.atomic():
            code = _lock_code(text)
            batch = lock_batch(code.batch_id)
            lock_course(code.course_id)
            if place_of(student, code.course_id):
                raise _have_it(code.course)
            if code.enrollments.count() >= code.uses:
                raise ValidationError(USED_UP, code="used_up")
            enrollment = _begin(code, batch, student)
            audit.record(actor, "code.used", code.course, code=code.pk, student=student.pk)
            live.enrollment_changed(enrollment)
    except IntegrityError:
        raise ValidationError("You already take this course.", code="already_in") from None
    return enrollment


def end_of(days: int | None) -> datetime | None:
    """When this many days of access end if they begin now: at the end of an academy day, not counting today."""
    return academy_midnight(academy_today() + timedelta(days=days + 1)) if days else None


def _lock_code(text: str) -> EnrollmentCode:
    """The code, locked until its use is written; raises ValidationError with what is wrong with it."""
    rows = EnrollmentCode.objects.select_for_update(of=("self",)).select_related("course")
    code = rows.filter(text=normalized(text)).first()
    if code is None:
        raise ValidationError("No course has this code. Check it and try again.", code="unknown")
    if not code.is_active:
        raise ValidationError("This code has been stopped. Ask for a new one.", code="stopped")
    if code.expires_at and code.expires_at <= timezone.now():
        raise ValidationError("This code has expired. Ask for a new one.", code="expired")
    if not code.course.published:
        raise ValidationError("This course hasn't begun yet. Try the code again later.", code="not_begun")
    return code


def _begin(code: EnrollmentCode, batch: Batch | None, student: Student) -> Enrollment:
    if batch:
        enrollment = join_batch(batch, student)
    else:
        check_course_place(code.course_id)
        enrollment = Enrollment.objects.create(student=student, course=code.course)
    enrollment.code, enrollment.expires_at = code, end_of(code.access_days)
    enrollment.save(update_fields=["code", "expires_at"])
    return enrollment


def _student(actor: User) -> Student:
    student = Student.objects.filter(user=actor).first()
    if student is None:
        raise PermissionDenied("Only students take courses.")
    return student


def _have_it(course: Course) -> ValidationError:
    return ValidationError(f"You already take {course}.", code="already_in")
