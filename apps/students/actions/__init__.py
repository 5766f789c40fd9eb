"""The verbs of students: records, notes, tasks."""

from apps.students.actions.notes import change_note, remove_note, write_note
from apps.students.actions.records import (
    TAKEN,
    PlanChanged,
    PlanRejected,
    apply_import,
    create_student,
    forget_imports,
    import_students,
    plan_import,
    start_import,
    update_student,
    upload_import,
)
from apps.students.actions.tasks import change_task, complete_task, give_tasks, remind, remove_task

__all__ = [
    "TAKEN",
    "PlanChanged",
    "PlanRejected",
    "apply_import",
    "change_note",
    "change_task",
    "complete_task",
    "create_student",
    "forget_imports",
    "give_tasks",
    "import_students",
    "plan_import",
    "remind",
    "remove_note",
    "remove_task",
    "start_import",
    "update_student",
    "upload_import",
    "write_note",
]
