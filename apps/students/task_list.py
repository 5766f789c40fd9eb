"""The team's list of tasks, as its URL asks for it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from apps.core.academy_calendar import academy_today
from apps.core.finding import every_word
from apps.core.listing import Column, Filter, Listing, Sort
from apps.students import live
from apps.students.models import StudentTask

STATES = (("overdue", "Overdue"), ("done", "Done"), ("all", "All"))


def _in_state(rows: Any, state: str) -> Any:
    if state == "overdue":
        return rows.open().filter(day__lt=academy_today())
    return rows.exclude(done_at=None) if state == "done" else rows


class TaskList(Listing[StudentTask]):
    """The tasks of the students that `user` may see."""

    route = "students:task_list"
    one, many = "task", "tasks"
    placeholder = "Task, name or code"
    events = (live.TASKS,)
    sorts = {
        "day": Sort("Due first", ("day", "pk"), "Due last"),
        "student": Sort("Student", ("student__given_name", "student__family_name", "student_id", "day", "pk")),
        "given": Sort("Given last", ("-created", "-pk"), "Given first", falls=True),
    }
    columns = (
        Column("Task"),
        Column("Student", "student"),
        Column("Due", "day"),
        Column("Given by", "given"),
        Column("Done"),
        Column("Actions", hidden=True),
    )
    filters = (Filter("state", "State", "To do", lambda _: STATES, _in_state, buttons=True),)

    @property
    def channels(self) -> Sequence[str]:
        """Staff hear of every task, a teacher of those of own students."""
        return (live.TASKS,) if self.user.sees_all else (f"user-{self.user.pk}",)

    def visible(self) -> QuerySet[StudentTask]:
        """Each with its student and who gave it."""
        return StudentTask.objects.visible_to(self.user).select_related("student", "author")

    def search(self, rows: Any, text: str) -> Any:
        """By its words, its batch, and the student's name and code."""
        return rows.filter(
            every_word(text, "title", "group_name", "student__given_name", "student__family_name", "student__code")
        )

    @property
    def found(self) -> Any:
        """Those still to do, unless the reader asks for others."""
        rows = super().found
        return rows if self.values["state"] else rows.open()
