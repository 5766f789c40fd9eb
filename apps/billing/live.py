"""What goes to whom after which change."""

from apps.realtime.publish import signal
from apps.students.models import Student

CHANNEL = "payments"
# On a student's own channel: what they owe, or have paid, is another.
OWN = "dues"


def dues_changed(student: Student) -> None:
    """Pages that show dues ask for them again: which of them, sorted how, each page knows best itself."""
    signal(CHANNEL)
    if student.user_id:
        signal(f"user-{student.user_id}", OWN)
