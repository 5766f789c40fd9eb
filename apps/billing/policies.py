"""Who may do what with fees: the only place that decides."""

from django.urls import reverse

from apps.accounts.models import Role, User
from apps.students.models import Student, StudentQuerySet


def can_see_fees(user: User, _number: int = 0) -> bool:
    """May this person see what students owe (and read the channel `payments`)? Admins and staff; no teacher."""
    return user.sees_all


def can_record(user: User) -> bool:
    """May this person issue invoices and record payments?"""
    return user.sees_all


def own_dues_url(user: User) -> str:
    """The page of what a student owes; empty for an account without a record."""
    student = payers_visible_to(user).filter(user=user).first()
    return reverse("billing:student_dues", args=[student.pk]) if student else ""


def payers_visible_to(user: User) -> StudentQuerySet:
    """The students whose fees `user` may see: all, for a student the own record, none for a teacher."""
    students = Student.objects.visible_to(user)
    return students.none() if user.role == Role.TEACHER else students
