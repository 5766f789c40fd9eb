"""Live updates of pages about courses and batches."""

from apps.courses.models import Enrollment
from apps.realtime.publish import signal

# On a person's own channel: their progress changed, on any device.
PROGRESS = "progress"


def channel(batch_id: int) -> str:
    """The stream channel of one batch, for those who may see it."""
    return f"batch-{batch_id}"


def course_channel(course_id: int) -> str:
    """The channel of one course, for those to whom it is open: its outline or a lesson changed."""
    return f"course-{course_id}"


def progress_channel(course_id: int) -> str:
    """The channel for people who follow a course's students."""
    return f"course-{course_id}-staff"


def roster_changed(*batch_ids: int) -> None:
    """Have every open page of these batches refetch its roster."""
    for batch_id in batch_ids:
        signal(channel(batch_id))


def outline_changed(course_id: int) -> None:
    """Have every open page of a course refetch its outline, lesson or grid."""
    signal(course_channel(course_id))
    signal(progress_channel(course_id))


def people_changed(course_id: int) -> None:
    """Have every page that lists a course's people or codes refetch them."""
    signal(progress_channel(course_id))


def enrollment_changed(enrollment: Enrollment) -> None:
    """Make the student's own pages, the roster, and those of whoever follows the course show who is in it now."""
    progress_changed(enrollment.course_id, enrollment.student.user_id)
    if enrollment.batch_id:
        roster_changed(enrollment.batch_id)


def progress_changed(course_id: int, user_id: int | None) -> None:
    """Make the student's own pages, and those of whoever follows the course, fetch again what they show of it."""
    if user_id:
        signal(f"user-{user_id}", PROGRESS)
    signal(progress_channel(course_id))


def certificates_changed(course_id: int, user_id: int | None) -> None:
    """Make the student's own pages, and the list of the course's certificates, fetch again what they show of one."""
    progress_changed(course_id, user_id)


def announcements_changed(course_id: int) -> None:
    """Have every open page of a course refetch its announcements."""
    signal(course_channel(course_id))
