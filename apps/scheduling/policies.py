"""Who may do what in scheduling: the only place that decides. Who sees a lesson, its models find."""

from apps.accounts.models import Role, User
from apps.scheduling.models import Booking


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
