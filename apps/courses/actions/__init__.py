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
from apps.courses.actions.clock import look_ahead, tell_of_the_clock
from apps.courses.actions.codes import NewCode, join, make_code, normalized, stop_code, use_code
from apps.courses.actions.completions import settle, settle_course, settle_later
from apps.courses.actions.enrollments import change_dates, end_enrollment, end_expired, enroll, undo_withdrawal
from apps.courses.actions.invitations import invite, take_back_invitation
from apps.courses.actions.learning import (
    complete_lesson,
    open_lesson,
    undo_completion,
    visit_lesson,
    watch_lesson,
)

__all__ = [
    "NewCode",
    "add_student",
    "announce",
    "announce_due_lessons",
    "announce_lessons",
    "award",
    "change_dates",
    "complete_lesson",
    "create_batch",
    "edit_announcement",
    "end_enrollment",
    "end_expired",
    "enroll",
    "invite",
    "issue_certificate",
    "join",
    "look_ahead",
    "make_code",
    "move_student",
    "normalized",
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
    "stop_code",
    "take_back_invitation",
    "tell_of_the_clock",
    "undo_completion",
    "undo_withdrawal",
    "update_batch",
    "use_code",
    "visit_lesson",
    "watch_lesson",
]
