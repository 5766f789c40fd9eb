"""The verbs of courses."""

from apps.courses.actions.announcements import (
    announce,
    announce_due_lessons,
    announce_lessons,
    edit_announcement,
    remove_announcement,
)
from apps.courses.actions.batches import (
    add_student,
    create_batch,
    move_student,
    remove_student,
    undo_move,
    update_batch,
)
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
from apps.courses.actions.completions import Settled, settle, settle_all, settle_course, settle_later
from apps.courses.actions.enrollments import change_dates, end_enrollment, end_expired, enroll, undo_withdrawal
from apps.courses.actions.invitations import invite, take_back_invitation
from apps.courses.actions.learning import (
    complete_lesson,
    fulfil_lesson,
    open_lesson,
    undo_completion,
    visit_lesson,
    watch_lesson,
)
from apps.courses.actions.lesson_files import attach, detach, set_cover, set_file
from apps.courses.actions.lessons import publish_lessons, unpublish_lesson, update_lesson
from apps.courses.actions.outline import (
    add_lesson,
    add_module,
    duplicate_lesson,
    remove_lesson,
    remove_module,
    rename_module,
    reorder,
    restore_lesson,
    restore_module,
)
from apps.courses.actions.writing import create_course, show_course, update_course

__all__ = [
    "NewCode",
    "Settled",
    "add_lesson",
    "add_module",
    "add_student",
    "announce",
    "announce_due_lessons",
    "announce_lessons",
    "attach",
    "award",
    "change_dates",
    "complete_lesson",
    "create_batch",
    "create_course",
    "detach",
    "duplicate_lesson",
    "edit_announcement",
    "end_enrollment",
    "end_expired",
    "enroll",
    "fulfil_lesson",
    "invite",
    "issue_certificate",
    "join",
    "look_ahead",
    "make_code",
    "move_student",
    "normalized",
    "open_lesson",
    "publish_lessons",
    "reissue_certificate",
    "remove_announcement",
    "remove_lesson",
    "remove_module",
    "remove_student",
    "rename_module",
    "reorder",
    "restore_certificate",
    "restore_lesson",
    "restore_module",
    "revoke_certificate",
    "set_cover",
    "set_file",
    "set_letterhead",
    "settle",
    "settle_all",
    "settle_course",
    "settle_later",
    "show_course",
    "stop_code",
    "take_back_invitation",
    "tell_of_the_clock",
    "undo_completion",
    "undo_move",
    "undo_withdrawal",
    "unpublish_lesson",
    "update_batch",
    "update_course",
    "update_lesson",
    "use_code",
    "visit_lesson",
    "watch_lesson",
]
