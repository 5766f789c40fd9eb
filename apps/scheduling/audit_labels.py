"""What the audit says of the verbs of scheduling."""

LABELS = {
    "lesson.booked": "booked a lesson",
    "lesson.moved": "moved a lesson",
    "lesson.called-off": "called off a lesson",
    "attendance.marked": "marked attendance",
    "attendance.taken-back": "took a mark of attendance back",
    "room.created": "added a room",
    "room.changed": "changed a room",
}
