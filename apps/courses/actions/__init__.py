"""The verbs of courses."""

from apps.courses.actions.announcements import (
    announce,
    announce_due_lessons,
    announce_lessons,
    edit_announcement,
    remove_announcement,
)
from apps.courses.actions.batches import add_student, create_batch, move_student, remove_student, update_batch
from apps.courses.actions.certificates import (
    award,
    issue_certificate,
    reissue_certificate,
    restore_certificate,
    revoke_certificate,
    set_letterhead,
)
from apps.courses.actions.completions import settle, settle_course, settle_later
from apps.courses.actions.enrollments import end_enrollment, end_expired, enroll
from apps.courses.actions.learning import (
    complete_lesson,
    open_lesson,
    undo_completion,
    visit_lesson,
    watch_lesson,
)

__all__ = [
    "add_student",
    "announce",
    "announce_due_lessons",
    "announce_lessons",
    "award",
    "complete_lesson",
    "create_batch",
    "edit_announcement",
    "end_enrollment",
    "end_expired",
    "enroll",
    "issue_certificate",
    "move_student",
    "open_lesson",
    "reissue_certificate",
    "remove_announcement",
    "remove_student",
    "restore_certificate",
    "revoke_certificate",
    "set_letterhead",
    "settle",
    "settle_course",
    "settle_later",
    "undo_completion",
    "update_batch",
    "visit_lesson",
    "watch_lesson",
]
