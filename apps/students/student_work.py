"""What a student's page shows of notes and tasks, and what a student has to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_today
from apps.students import policies
from apps.students.models import Student, StudentNote, StudentTask

# How many of each the student's page shows, and Today.
NOTES, TASKS, TO_DO = 3, 5, 3
# How many ticked tasks a student's list keeps in view.
DONE = 20


class ShownTask(NamedTuple):
    """A task as one reader sees it today."""

    task: StudentTask
    is_overdue: bool
    may_change: bool


class ShownNote(NamedTuple):
    """A note as one reader sees it."""

    note: StudentNote
    may_change: bool


@dataclass
class Work:
    """The newest notes and the next tasks of a student; `more_…` says that there are others."""

    student: Student
    tasks: list[ShownTask]
    notes: list[ShownNote]
    more_tasks: bool
    more_notes: bool
    channels: list[str]
    is_own: bool

    @property
    def events(self) -> list[str]:
        """The events after which it looks different."""
        return [f"tasks-{self.student.pk}", f"notes-{self.student.pk}"]


def work_of(user: User, student: Student) -> Work:
    """What `user` may see of a student's work, in two queries."""
    tasks = shown_tasks(user, StudentTask.objects.visible_to(user).open().filter(student=student)[: TASKS + 1])
    notes = shown_notes(user, StudentNote.objects.visible_to(user).filter(student=student)[: NOTES + 1])
    more = len(tasks) > TASKS, len(notes) > NOTES
    return Work(student, tasks[:TASKS], notes[:NOTES], *more, channels(user, student), user.role == Role.STUDENT)


class ToDo(NamedTuple):
    """The next few things that a student has to do, for Today."""

    student: Student
    tasks: list[ShownTask]

    @property
    def event(self) -> str:
        """The event after which it looks different."""
        return f"tasks-{self.student.pk}"


def to_do(user: User, student: Student) -> ToDo:
    """A student's next tasks, by their day."""
    tasks = StudentTask.objects.visible_to(user).open().filter(student=student)[:TO_DO]
    return ToDo(student, shown_tasks(user, tasks))


def channels(user: User, student: Student) -> list[str]:
    """The stream's channels that bring news of a student's notes and tasks."""
    own = f"student-{student.pk}"
    return [own] if user.role == Role.STUDENT else [own, f"{own}-staff"]


def shown_tasks(user: User, tasks: Iterable[StudentTask]) -> list[ShownTask]:
    """Tasks with what depends on the day and on the reader."""
    today = academy_today()
    return [ShownTask(task, task.is_overdue(today), policies.can_change_task(user, task)) for task in tasks]


def shown_notes(user: User, notes: QuerySet[StudentNote]) -> list[ShownNote]:
    """Notes with their authors, and whether the reader may change them."""
    return [ShownNote(note, policies.can_change_note(user, note)) for note in notes.select_related("author")]
