"""Actions on certificates. Their text is copied when they are issued; a constraint allows one per run."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.academy_calendar import academy_day
from apps.courses import certificate_rules, live, notices_certificates, policies
from apps.courses.models import Certificate, Course, CourseCompletion, Enrollment, Letterhead
from apps.students.models import Student


def award(student: Student, course: Course, run: int) -> Certificate | None:
    """The certificate that a student has earned by the course's rule; None while it isn't met, or there is no rule.

    Who has it already keeps that one, also when two earn it at the same moment. Called in the transaction of whatever
    may have met the rule.
    """
    rule = certificate_rules.find(course.certificate_rule)
    if rule is None or not rule.is_met(student, course, run):
        return None
    return _issue(None, student, course, run)


def issue_certificate(actor: User, student: Student, course: Course) -> Certificate:
    """Give a certificate by hand, whatever the rule says, for the student's latest run; who has it keeps it.

    Raises PermissionDenied, ValidationError (never took the course).
    """
    if not policies.can_write(actor, course):
        raise PermissionDenied("You can't issue certificates for this course.")
    taken = Enrollment.objects.filter(student=student, course=course)
    run = taken.order_by("-run").values_list("run", flat=True).first()
    if run is None:
        raise ValidationError(f"{student.full_name} never took {course}.", code="not_in")
    return _issue(actor, student, course, run)


def revoke_certificate(actor: User, certificate: Certificate, reason: str) -> Certificate:
    """Revoke a certificate and record why; its public page shows that it is revoked, but not the reason.

    Raises PermissionDenied, ValidationError (without a reason).
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError({"reason": "Say why."})
    if len(reason) > 300:
        raise ValidationError({"reason": "Use at most 300 characters."})
    with transaction.atomic():
        locked = _lock(actor, certificate)
        if locked.is_revoked:
            return locked
        locked.revoked_at, locked.revoked_reason, locked.revoked_by = timezone.now(), reason, actor
        locked.save(update_fields=["revoked_at", "revoked_reason", "revoked_by"])
        _recorded(actor, "certificate.revoked", locked)
    return locked


def restore_certificate(actor: User, certificate: Certificate) -> Certificate:
    """Restore a revoked certificate; raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, certificate)
        if locked.is_revoked:
            locked.revoked_at, locked.revoked_reason, locked.revoked_by = None, "", None
            locked.save(update_fields=["revoked_at", "revoked_reason", "revoked_by"])
            _recorded(actor, "certificate.restored", locked)
    return locked


def reissue_certificate(actor: User, certificate: Certificate) -> Certificate:
    """Issue it again with the student's name as the record has it now: the same number, the same date.

    Raises PermissionDenied, ValidationError (the name is right already).
    """
    with transaction.atomic():
        locked = _lock(actor, certificate)
        name = _name_of(locked.student)
        if name == locked.name:
            raise ValidationError("It already has this name: correct the student's record first.", code="same")
        locked.name, locked.reissued_at = name, timezone.now()
        locked.save(update_fields=["name", "reissued_at"])
        _recorded(actor, "certificate.reissued", locked)
    return locked


def set_letterhead(actor: User, letterhead: Letterhead) -> Letterhead:
    """Use this design for certificates issued from now on; earlier ones keep theirs. Raises PermissionDenied."""
    if not policies.can_set_letterhead(actor):
        raise PermissionDenied("You can't change the design of certificates.")
    with transaction.atomic():
        letterhead.pk, letterhead.made_by, letterhead.created = None, actor, timezone.now()
        letterhead.save(force_insert=True)
        audit.record(actor, "letterhead.changed", letterhead)
    return letterhead


def _issue(actor: User | None, student: Student, course: Course, run: int) -> Certificate:
    finished = CourseCompletion.objects.filter(student=student, course=course, run=run).first()
    now = timezone.now()
    with transaction.atomic():
        certificate, made = Certificate.objects.get_or_create(
            student=student,
            course=course,
            run=run,
            defaults={
                "name": _name_of(student),
                "course_title": course.title,
                "academy": settings.ACADEMY_NAME[:200],
                "finished_on": academy_day(finished.finished_at if finished else now),
                "letterhead": Letterhead.objects.first(),
                "issued_at": now,
                "issued_by": actor,
            },
        )
        if made:
            _recorded(actor, "certificate.issued", certificate)
            notices_certificates.issued(certificate, actor)
    return certificate


def _name_of(student: Student) -> str:
    return student.full_name


def _lock(actor: User, certificate: Certificate) -> Certificate:
    locked = Certificate.objects.select_for_update(of=("self",)).select_related("student", "course")
    found = locked.get(pk=certificate.pk)
    if not policies.can_write(actor, found.course):
        raise PermissionDenied("You can't change certificates of this course.")
    return found


def _recorded(actor: User | None, verb: str, certificate: Certificate) -> None:
    detail = {"course": certificate.course_id, "student": certificate.student_id, "run": certificate.run}
    audit.record(actor, verb, certificate, **detail)
    live.certificates_changed(certificate.course_id, certificate.student.user_id)
