"""What the audit says of the verbs of students."""

LABELS = {
    "note.changed": "changed a note on a student",
    "note.removed": "deleted a note on a student",
    "note.written": "wrote a note on a student",
    "student.account-changed": "tied a student's record to another account",
    "student.created": "added a student",
    "student.updated": "changed a student's record",
    "students.imported": "imported students",
    "task.changed": "changed a student's task",
    "task.given": "gave a student a task",
    "task.removed": "deleted a student's task",
}
