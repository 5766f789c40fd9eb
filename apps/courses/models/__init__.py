"""What is taught, to which groups, who is in them, and how far each has come."""

from apps.courses.models.announcements import Announcement, AnnouncementQuerySet
from apps.courses.models.batches import NAME_TAKEN, Batch, BatchQuerySet, BatchStatus, possible_teachers
from apps.courses.models.certificates import Certificate, CertificateQuerySet, Letterhead, as_number
from apps.courses.models.clock import ClockMark
from apps.courses.models.courses import (
    Category,
    Course,
    CourseInvitation,
    CourseQuerySet,
    CourseTeacher,
    Level,
    Visibility,
)
from apps.courses.models.enrollments import (
    Enrollment,
    EnrollmentCode,
    EnrollmentQuerySet,
)
from apps.courses.models.lessons import Lesson, LessonAttachment, LessonQuerySet, LessonVersion, Module, counts
from apps.courses.models.progress import CourseCompletion, LessonProgress
from apps.courses.models.validity import not_ended, valid

__all__ = [
    "NAME_TAKEN",
    "Announcement",
    "AnnouncementQuerySet",
    "Batch",
    "BatchQuerySet",
    "BatchStatus",
    "Category",
    "Certificate",
    "CertificateQuerySet",
    "ClockMark",
    "Course",
    "CourseCompletion",
    "CourseInvitation",
    "CourseQuerySet",
    "CourseTeacher",
    "Enrollment",
    "EnrollmentCode",
    "EnrollmentQuerySet",
    "Lesson",
    "LessonAttachment",
    "LessonProgress",
    "LessonQuerySet",
    "LessonVersion",
    "Letterhead",
    "Level",
    "Module",
    "Visibility",
    "as_number",
    "counts",
    "not_ended",
    "possible_teachers",
    "valid",
]
