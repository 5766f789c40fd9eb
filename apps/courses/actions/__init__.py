"""The verbs of courses."""

from apps.courses.actions.batches import add_student, create_batch, move_student, remove_student, update_batch
from apps.courses.actions.enrollments import end_enrollment, end_expired, enroll
from apps.courses.actions.learning import (
    complete_lesson,
    open_lesson,
    settle,
    undo_completion,
    visit_lesson,
    watch_lesson,
)

__all__ = [
    "add_student",
    "complete_lesson",
    "create_batch",
    "end_enrollment",
    "end_expired",
    "enroll",
    "move_student",
    "open_lesson",
    "remove_student",
    "settle",
    "undo_completion",
    "update_batch",
    "visit_lesson",
    "watch_lesson",
]
