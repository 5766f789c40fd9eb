"""Which page hears of which change."""

from collections.abc import Iterable

from apps.realtime.publish import signal
from apps.students.models import Sharing, StudentNote, StudentTask
from apps.students.policies import teachers_of

# All tasks of the academy, for whoever may see them all.
TASKS = "tasks"


def record_changed(student_ids: Iterable[int]) -> None:
    """Have every open page that shows one of these records read it again; the event carries nothing of it."""
    for pk in student_ids:
        signal(f"student-{pk}")


def notes_changed(note: StudentNote, before: str = "") -> None:
    """Have the pages of those who read this note, or did before, show the student's notes again.

    Nobody hears of a private note: that one was written is its author's alone to know.
    """
    read_as = {note.sharing, before}
    if read_as & {Sharing.TEAM, Sharing.SHARED}:
        signal(f"student-{note.student_id}-staff", f"notes-{note.student_id}")
    if Sharing.SHARED in read_as:
        signal(f"student-{note.student_id}", f"notes-{note.student_id}")


def tasks_changed(tasks: Iterable[StudentTask]) -> None:
    """Have the pages of the students, of their teachers and of the office show these tasks again."""
    students = {task.student_id for task in tasks}
    if not students:
        return
    for pk in sorted(students):
        signal(f"student-{pk}", f"tasks-{pk}")
    for user_id in sorted({*teachers_of(students).values_list("pk", flat=True)}):
        signal(f"user-{user_id}", TASKS)
    signal(TASKS)
