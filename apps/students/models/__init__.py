"""Tables: students, the files they are imported from, notes on them and tasks for them."""

from apps.students.models.notes import Sharing, StudentNote
from apps.students.models.students import CONVERSATION_KIND, Placement, Status, Student, StudentImport, StudentQuerySet
from apps.students.models.tasks import StudentTask

__all__ = [
    "CONVERSATION_KIND",
    "Placement",
    "Sharing",
    "Status",
    "Student",
    "StudentImport",
    "StudentNote",
    "StudentQuerySet",
    "StudentTask",
]
