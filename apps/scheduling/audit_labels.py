"""What the audit says of the verbs of scheduling."""

LABELS = {
    "lesson.booked": "booked a lesson",
    "lesson.moved": "moved a lesson",
    "lesson.called-off": "called off a lesson",
    "attendance.marked": "marked attendance",
    "attendance.taken-back": "removed an attendance mark",
    "lesson-request.sent": "asked for a lesson",
    "lesson-request.answered": "offered other times for a lesson",
    "lesson-request.approved": "approved a request for a lesson",
    "lesson-request.declined": "declined a request for a lesson",
    "lesson-request.withdrawn": "withdrew a request for a lesson",
    "lesson-request.expired": "let a request for a lesson end",
    "lesson-move.proposed": "proposed other times for a lesson",
    "lesson-move.accepted": "accepted another time for a lesson",
    "lesson-move.declined": "declined other times for a lesson",
    "lesson-move.withdrawn": "withdrew other times for a lesson",
    "lesson-move.expired": "let a proposal for a lesson end",
    "room.created": "added a room",
    "room.changed": "changed a room",
}
