"""What the audit says of the verbs of courses."""

LABELS = {
    "batch.changed": "changed a batch",
    "batch.created": "made a batch",
    "student.added": "added a student to a batch",
    "student.enrolled": "enrolled a student in a course",
    "student.moved": "moved a student to another batch",
    "student.removed": "took a student out of a batch or course",
}
