"""Who may do what with courses, batches and enrollments."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Role, User
from apps.courses.models import Announcement, Batch, Course, Enrollment, Visibility


def can_list(user: User) -> bool:
    """Does this person see any batches? Students don't; they see only their own record."""
    return user.role != Role.STUDENT


def can_add(user: User) -> bool:
    """May this person make new batches and new courses?"""
    return user.sees_all


def can_edit(user: User, batch: Batch) -> bool:
    """May this person change a batch and its members? Its teacher can only view it."""
    return user.sees_all


def can_enroll(user: User) -> bool:
    """May this person start, change or end the enrollments of others?"""
    return user.sees_all


def can_join(user: User, course: Course) -> bool:
    """May this person join by themselves? Only students, if the course is open to join and visible to them."""
    if user.role != Role.STUDENT:
        return False
    open_ones = Course.objects.visible_to(user).filter(published=True, open_to_join=True)
    return open_ones.exclude(visibility=Visibility.ENROLLED).filter(pk=course.pk).exists()


def can_write(user: User | AnonymousUser, course: Course) -> bool:
    """May this person change a course, its modules and its lessons?"""
    return Course.objects.written_by(user).filter(pk=course.pk).exists()


def can_follow(user: User | AnonymousUser, course: Course) -> bool:
    """May this person see students' progress in a course? Batch teachers see only their own batch."""
    return Course.objects.read_by(user).filter(pk=course.pk).exists()


def can_report(user: User) -> bool:
    """May this person see the figures of all courses?"""
    return user.sees_all


def can_read_channel(user: User, batch_id: int) -> bool:
    """May this person read `batch-<id>`, which tells that its roster changed?"""
    return Batch.objects.visible_to(user).filter(pk=batch_id).exists()


def can_read_course_channel(user: User, course_id: int) -> bool:
    """May this person read `course-<id>`, which tells that the outline or a lesson changed?"""
    if Course.objects.read_by(user).filter(pk=course_id).exists():
        return True
    enrolled = Enrollment.objects.valid().filter(student__user=user, course=course_id, course__published=True)
    return enrolled.exists()


def access_ends_at(user: User | AnonymousUser, course_id: int) -> datetime | None:
    """When a course that is open to this person now closes by the clock; None: it doesn't, as far as it is known.

    It never does for those who write the course, or teach a batch of it.
    """
    if not isinstance(user, User) or Course.objects.read_by(user).filter(pk=course_id).exists():
        return None
    return Enrollment.objects.valid().filter(student__user=user, course=course_id).ending()


def taught_until(teacher: User, student_id: int) -> datetime | None:
    """When the last place of a student in this teacher's batches ends by the clock; None: it doesn't."""
    return Enrollment.objects.not_ended().filter(student=student_id, batch__teacher=teacher).ending()


def can_read_progress_channel(user: User, course_id: int) -> bool:
    """May this person read `course-<id>-staff`, which tells that somebody came further?"""
    return Course.objects.read_by(user).filter(pk=course_id).exists()


def can_announce(user: User, course: Course, batch: Batch | None = None) -> bool:
    """May this person announce to a course or one of its batches? Batch teachers only to their own."""
    if batch and batch.course_id != course.pk:
        return False
    return can_write(user, course) or bool(batch and _teaches(user, batch))


def can_change_announcement(user: User, announcement: Announcement) -> bool:
    """May this person edit or delete an announcement? The course's writers may, and its author within own batches."""
    if can_write(user, announcement.course):
        return True
    batch = announcement.batch
    return bool(announcement.author_id == user.pk and batch and _teaches(user, batch))


def can_read_announcements(user: User, course: Course) -> bool:
    """Is a course's page of announcements open to this person? They teach it, or learn in it now."""
    if can_follow(user, course):
        return True
    valid = Enrollment.objects.valid().filter(student__user=user, course=course, course__published=True)
    return valid.exists()


def can_set_letterhead(user: User) -> bool:
    """May this person change the logo and the signature of all certificates?"""
    return user.sees_all


def _teaches(user: User, batch: Batch) -> bool:
    return user.role == Role.TEACHER and batch.teacher_id == user.pk
