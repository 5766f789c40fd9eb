"""Who may do what with students and their threads."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from apps.accounts import policies as accounts
from apps.accounts.models import Role, User
from apps.students.models import Student, StudentNote, StudentTask
from apps.students.placing import placed, taught_until


def can_list(user: User) -> bool:
    """May this person look through students (those whom they may see)?"""
    return user.role != Role.STUDENT


def own_record_url(user: User) -> str:
    """The page of a student's own record; empty for an account without one."""
    student = Student.objects.visible_to(user).filter(user=user).first()
    return student.get_absolute_url() if student else ""


def can_add(user: User) -> bool:
    """May this person add students, and import or export them in bulk?"""
    return user.sees_all


def can_edit(user: User, student: Student) -> bool:
    """May this person change the record of a student whom they may see?"""
    return user.role != Role.STUDENT


def can_change_identity(user: User) -> bool:
    """May this person change a student's code and e-mail address?

    Whoever reads the address is let in as that student, and sees fees. A code that is taken tells of a student who may
    be none of theirs.
    """
    return user.sees_all


def can_invite(user: User) -> bool:
    """May this person invite the students whom they may see?"""
    return accounts.can_invite(user, Role.STUDENT, taught=True)


def can_read_thread(user: User, student_id: int) -> bool:
    """May this person read `student-<id>`: what the student too may see?"""
    return Student.objects.visible_to(user).filter(pk=student_id).exists()


def can_read_staff_thread(user: User, student_id: int) -> bool:
    """May this person read `student-<id>-staff`?"""
    return user.role != Role.STUDENT and can_read_thread(user, student_id)


def thread_ends_at(user: User, student_id: int) -> datetime | None:
    """When a teacher's right to a student's thread ends by the clock, as far as is known; that of others never does."""
    return taught_until(user, student_id) if user.role == Role.TEACHER else None


def contacts(user: User) -> QuerySet[User]:
    """Whom a teacher or a student may write to directly: the students of own batches, and the other way round."""
    if user.role == Role.TEACHER:
        return User.objects.filter(student__in=Student.objects.visible_to(user))
    return User.objects.filter(
        placed("batches__enrollments__"), role=Role.TEACHER, batches__enrollments__student__user=user
    )


def teachers_of(student_ids: Iterable[int]) -> QuerySet[User]:
    """Those who teach one of these students now; a person may be in it more than once."""
    return User.objects.filter(
        placed("batches__enrollments__"), role=Role.TEACHER, batches__enrollments__student__in=student_ids
    )


def can_write_notes(user: User, student_id: int) -> bool:
    """May this person write notes on a student? Whoever of the team sees them."""
    return can_read_staff_thread(user, student_id)


def can_change_note(user: User, note: StudentNote) -> bool:
    """May this person change a note that they see? Its author alone."""
    return user.role != Role.STUDENT and note.author_id == user.pk


def can_give_tasks(user: User, student_ids: Iterable[int]) -> bool:
    """May this person give each of these students a task?"""
    ids = set(student_ids)
    if user.role == Role.STUDENT or not ids:
        return False
    return Student.objects.visible_to(user).filter(pk__in=ids).count() == len(ids)


def can_change_task(user: User, task: StudentTask) -> bool:
    """May this person change or remove a task that they see? Who gave it, and staff."""
    return user.sees_all or (user.role != Role.STUDENT and task.author_id == user.pk)


def sees_all_tasks(user: User, _: int = 0) -> bool:
    """May this person read `tasks`, which hears of every task?"""
    return user.sees_all
