"""Invitations to invitation-only courses."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User
from apps.courses import live, policies
from apps.courses.models import Course, CourseInvitation
from apps.students.models import Student


def invite(actor: User, course: Course, student: Student) -> CourseInvitation:
    """Invite a student to a course; raises PermissionDenied, ValidationError (already invited)."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't invite students.")
    with transaction.atomic():
        invitation, made = CourseInvitation.objects.get_or_create(
            course=course, student=student, defaults={"invited_by": actor}
        )
        if not made:
            raise ValidationError(f"{student.full_name} is invited already.", code="already_in")
        audit.record(actor, "course.invited", course, student=student.pk)
        live.people_changed(course.pk)
    return invitation


def take_back_invitation(actor: User, invitation: CourseInvitation) -> bool:
    """Withdraw an invitation; students who take or took the course still see it. Raises PermissionDenied."""
    if not policies.can_enroll(actor):
        raise PermissionDenied("You can't withdraw invitations.")
    with transaction.atomic():
        gone = CourseInvitation.objects.filter(pk=invitation.pk).delete()[0]
        if gone:
            audit.record(actor, "course.uninvited", invitation.course, student=invitation.student_id)
            live.people_changed(invitation.course_id)
    return bool(gone)
