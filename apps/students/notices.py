"""What students are told of: a task, that one is due tomorrow, and a note that was shared with them."""

from collections.abc import Iterable

from apps.accounts.models import Role, User
from apps.notifications.events import about, notify, notify_all
from apps.notifications.models import Event, Way
from apps.notifications.notification_types import Found, NotificationType, looked_up
from apps.students.models import StudentNote, StudentTask


def given_event(task: StudentTask) -> str:
    """The key of the event that told of a task."""
    return f"task-given-{task.pk}"


def tasks_given(tasks: Iterable[StudentTask], actor: User) -> None:
    """Tell each student who can sign in of their new task."""
    rows = []
    for task in tasks:
        if user_id := task.student.user_id:
            row = Event(key=given_event(task), kind="task", actor=actor, thing=task.pk, about=about(task))
            row.title, row.people = task.title, [user_id]
            rows.append(row)
    notify_all(rows)


def task_due(task: StudentTask) -> None:
    """Remind a student of a task."""
    if user_id := task.student.user_id:
        notify(
            "task_due",
            f"task-due-{task.pk}-{task.updated.timestamp():.6f}",
            task.title,
            thing=task,
            about=about(task),
            to=[user_id],
        )


def note_shared(note: StudentNote, actor: User) -> None:
    """Tell a student of a note that they may read."""
    if user_id := note.student.user_id:
        title = f"A note from {actor.full_name}"
        notify(
            "note",
            f"note-shared-{note.pk}-{note.updated.timestamp():.6f}",
            title,
            actor=actor,
            thing=note,
            about=about(note),
            to=[user_id],
        )


def _tasks(user: User | None, ids: Iterable[int]) -> dict[int, StudentTask]:
    rows = StudentTask.objects.open().select_related("author")
    return (rows.visible_to(user) if user else rows).in_bulk(list(ids))


def _notes(user: User | None, ids: Iterable[int]) -> dict[int, StudentNote]:
    rows = StudentNote.objects.filter(sharing="shared")
    return (rows.visible_to(user) if user else rows).in_bulk(list(ids))


_find_tasks, _show_task = looked_up(
    _tasks, lambda task, user: Found(task.get_absolute_url(), task.text, more={"task": task})
)
_find_notes, _show_note = looked_up(_notes, lambda note, user: Found(note.get_absolute_url(), note.body))

TYPES = (
    NotificationType(
        name="task",
        order=26,
        label="Tasks",
        about="You were given something to do.",
        why="It is a task for you.",
        icon="circle-check",
        template="students/notices/task.html",
        find=_find_tasks,
        show=_show_task,
        roles=frozenset({Role.STUDENT}),
    ),
    NotificationType(
        name="task_due",
        order=27,
        label="Tasks due tomorrow",
        about="On the afternoon before, if you haven’t ticked it.",
        why="It is a task of yours that is due.",
        icon="circle-check",
        template="students/notices/task_due.html",
        find=_find_tasks,
        show=_show_task,
        ways=frozenset({Way.PAGE}),
        roles=frozenset({Role.STUDENT}),
    ),
    NotificationType(
        name="note",
        order=28,
        label="Notes shared with you",
        about="A teacher shared a note on your learning with you.",
        why="It is a note on you.",
        icon="file-text",
        template="students/notices/note.html",
        find=_find_notes,
        show=_show_note,
        roles=frozenset({Role.STUDENT}),
    ),
)
