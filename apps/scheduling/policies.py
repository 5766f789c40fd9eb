"""Who may do what in scheduling: the only place that decides. Who sees a lesson, its models find."""

from collections.abc import Sequence

from django.db.models import QuerySet

from apps.accounts.models import Role, User
from apps.courses.models import Batch
from apps.scheduling.models import Booking, LessonRequest, Proposal, Series, SeriesChange, Side
from apps.students.models import Student


def may_book(user: User) -> bool:
    """May this person put lessons into the calendar without asking anybody? Admins and staff."""
    return user.sees_all and not user.looked_as


def may_run(user: User, booking: Booking) -> bool:
    """May this person move it, call it off and mark who was there? Admins and staff, and its teacher."""
    return not user.looked_as and (user.sees_all or booking.teacher_id == user.pk)


def may_call_off(user: User, booking: Booking) -> bool:
    """May this person call it off? Whoever runs it; a student, if it is for them alone."""
    return may_run(user, booking) or is_for_one(user, booking)


def is_for_one(user: User, booking: Booking) -> bool:
    """Is it a lesson for this student alone?"""
    if user.looked_as or user.role != Role.STUDENT or booking.batch_id:
        return False
    students = list(booking.attendees()[:2])
    return len(students) == 1 and students[0].user_id == user.pk


def may_keep_rooms(user: User) -> bool:
    """May this person add and change rooms? Admins and staff."""
    return user.sees_all and not user.looked_as


def may_choose_room(user: User) -> bool:
    """May `user` choose a lesson's room? Staff and teachers may."""
    return not user.looked_as and user.role != Role.STUDENT


def may_take_attendance(user: User) -> bool:
    """Does this person mark attendance anywhere? Students don't."""
    return user.role != Role.STUDENT and not user.looked_as


def reads_whole_calendar(user: User, _: int = 0) -> bool:
    """May this person see everybody's lessons, and read `calendar`, which tells that some changed?"""
    return user.sees_all


def may_move(user: User, booking: Booking) -> bool:
    """May this person move it without asking the other side? Staff; its teacher, if it isn't for one student alone."""
    if user.looked_as:
        return False
    if user.sees_all:
        return True
    return booking.teacher_id == user.pk and (booking.batch_id is not None or booking.attendees()[:2].count() > 1)


def teachers_of(student: Student) -> QuerySet[User]:
    """The teachers whom a student may ask for a lesson: those of the batches that they are in now."""
    batches = Batch.objects.filter(enrollments__in=student.enrollments.not_ended()).values("teacher")
    return User.objects.filter(pk__in=batches, role=Role.TEACHER, is_active=True).order_by("given_name", "pk")


def may_ask(user: User, student: Student, teacher: User) -> bool:
    """May this person ask for a lesson of these two? Either of them, if the one teaches the other; staff always."""
    if user.looked_as:
        return False
    if user.sees_all:
        return True
    is_side = student.user_id == user.pk or teacher.pk == user.pk
    return is_side and teachers_of(student).filter(pk=teacher.pk).exists()


def may_ask_at_all(user: User) -> bool:
    """Does this person ask for lessons anywhere? Students with a record, teachers, staff."""
    if user.looked_as:
        return False
    return user.role != Role.STUDENT or Student.objects.filter(user=user).exists()


def side_of(user: User, request: LessonRequest) -> Side | None:
    """The side of a request on which this person stands; None for others."""
    if request.teacher_id == user.pk:
        return Side.TEACHER
    return Side.STUDENT if request.student.user_id == user.pk else None


def may_answer(user: User, request: LessonRequest) -> bool:
    """May this person approve, decline, or offer other times? The side that it waits for; staff for either."""
    if user.looked_as or not request.is_open:
        return False
    return user.sees_all or side_of(user, request) == request.turn


def may_withdraw(user: User, request: LessonRequest) -> bool:
    """May this person take it back? The side that asked, or offered times last; staff for either."""
    if user.looked_as or not request.is_open:
        return False
    return user.sees_all or side_of(user, request) == Side(request.turn).other


def may_propose(user: User, booking: Booking) -> bool:
    """May this person propose other times for it? It is for one student: that student, its teacher, staff for either.

    A lesson for more is moved by its teacher at once: the answer of one student would speak for the others.
    """
    if user.looked_as or booking.batch_id or booking.attendees()[:2].count() != 1:
        return False
    return user.sees_all or side_in(user, booking) is not None


def side_in(user: User, booking: Booking) -> Side | None:
    """The side of a lesson for one student on which this person stands; None for others."""
    if booking.teacher_id == user.pk:
        return Side.TEACHER
    return Side.STUDENT if user.role == Role.STUDENT and booking.attendees().filter(user=user).exists() else None


def may_answer_proposal(user: User, proposal: Proposal) -> bool:
    """May this person accept it or decline it? The side that it waits for; staff for either."""
    if user.looked_as or not proposal.is_open:
        return False
    return user.sees_all or side_in(user, proposal.booking) == proposal.turn


def may_take_back(user: User, proposal: Proposal) -> bool:
    """May this person withdraw it? The side that proposed it; staff for either."""
    if user.looked_as or not proposal.is_open:
        return False
    return user.sees_all or side_in(user, proposal.booking) == Side(proposal.turn).other


def may_start_series_at_all(user: User) -> bool:
    """Does this person start series anywhere? Staff, and teachers for those whom they teach."""
    return not user.looked_as and user.role != Role.STUDENT


def may_start_series(user: User, teacher: User, batch: Batch | None, students: Sequence[Student]) -> bool:
    """May this person start this series? Staff; its teacher, for batches and students of theirs."""
    if not may_start_series_at_all(user):
        return False
    if user.sees_all:
        return True
    if teacher.pk != user.pk or (batch and batch.teacher_id != user.pk):
        return False
    ids = {student.pk for student in students}
    return Student.objects.visible_to(user).filter(pk__in=ids).count() == len(ids)


def may_change_series(user: User, series: Series) -> bool:
    """May this person change or end it? Staff, and its teacher."""
    return not user.looked_as and (user.sees_all or (user.role == Role.TEACHER and series.teacher_id == user.pk))


def may_undo(user: User, change: SeriesChange) -> bool:
    """May this person undo it? Whoever did it, and staff."""
    return not user.looked_as and (user.sees_all or change.by_id == user.pk)
