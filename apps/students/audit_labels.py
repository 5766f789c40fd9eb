"""What the audit says of the verbs of students."""

LABELS = {
    "student.account-changed": "tied a student's record to another account",
    "student.created": "added a student",
    "student.updated": "changed a student's record",
    "students.imported": "imported students",
}
