"""Actions on tasks: give, change, tick, remove, and remind once."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.academy_calendar import academy_now
from apps.notifications.events import about, withdraw, withdraw_about
from apps.students import live, notices, policies
from apps.students.models import Student, StudentTask

# On the day before a task is due, students are reminded of it from this time of the academy's day.
REMIND_FROM = time(16)


def give_tasks(
    actor: User,
    students: Iterable[Student],
    title: str,
    day: date,
    text: str = "",
    group_name: str = "",
    client_key: uuid.UUID | None = None,
) -> list[StudentTask]:
    """Give each of these students the same task; `group_name` is the batch that they are.

    The same `client_key` twice gives it once. Raises PermissionDenied, for all of them, if one is not the actor's.
    """
    people = list({student.pk: student for student in students}.values())
    ids = [student.pk for student in people]
    if not policies.can_give_tasks(actor, ids):
        raise PermissionDenied("You can't give these students a task.")
    group = uuid.uuid4() if group_name else None
    values = {"author": actor, "title": title, "text": text, "day": day, "group_name": group_name, "group": group}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)  # Two submissions of one form wait for each other.
        if client_key and (made := list(StudentTask.objects.filter(author=actor, client_key=client_key))):
            return made
        late = day <= _reminded_until()
        tasks = StudentTask.objects.bulk_create(
            StudentTask(student=student, client_key=client_key, reminded=late, **values) for student in people
        )
        audit.record_many(actor, "task.given", people, day=day.isoformat())
        notices.tasks_given(tasks, actor)
        live.tasks_changed(tasks)
    return tasks


def change_task(actor: User, task: StudentTask, title: str, day: date, text: str) -> StudentTask:
    """Change a task's words or day; one with a later day is reminded of anew. Raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, task)
        if not policies.can_change_task(actor, locked):
            raise PermissionDenied("You can't change this task.")
        if (locked.title, locked.day, locked.text) == (title, day, text):
            return locked
        if locked.day != day:
            withdraw_about("task_due", about(locked))
            locked.reminded = day <= _reminded_until()
        locked.title, locked.day, locked.text = title, day, text
        locked.save(update_fields=["title", "day", "text", "reminded", "updated"])
        audit.record(actor, "task.changed", locked.student, task=locked.pk, day=day.isoformat())
        live.tasks_changed([locked])
    return locked


def complete_task(actor: User, task: StudentTask, done: bool = True) -> bool:
    """Tick a task, or take the tick back; returns whether that changed anything. Raises PermissionDenied."""
    with transaction.atomic():
        locked = _lock(actor, task)
        if locked.is_done == done:
            return False
        locked.done_at, locked.done_by = (timezone.now(), actor) if done else (None, None)
        locked.save(update_fields=["done_at", "done_by", "updated"])
        if done:
            _forget(locked)
        live.tasks_changed([locked])
    return True


def remove_task(actor: User, task: StudentTask, whole_group: bool = False) -> int:
    """Delete a task with its notifications; with `whole_group` for all of its group who haven't done it.

    Returns how many were deleted. Raises PermissionDenied.
    """
    with transaction.atomic():
        of_group = Q(group=task.group, done_at=None) if whole_group and task.group else Q()
        # All in one order: two people who do this at once wait for each other.
        found = StudentTask.objects.visible_to(actor).filter(Q(pk=task.pk) | of_group if of_group else Q(pk=task.pk))
        locked = found.select_related("student").select_for_update(of=("self",)).order_by("pk")
        rows = [row for row in locked if policies.can_change_task(actor, row)]
        if task not in rows:
            raise PermissionDenied("You can't remove this task.")
        audit.record_many(actor, "task.removed", [row.student for row in rows], title=task.title)
        _forget(*rows)
        live.tasks_changed(rows)
        StudentTask.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def remind() -> int:
    """Remind of what is due tomorrow and not done, once each; returns how many tasks that were."""
    due = StudentTask.objects.open().filter(reminded=False, day__lte=_reminded_until())
    count = 0
    for pk in list(due.order_by("day", "pk").values_list("pk", flat=True)):
        count += _remind(pk)
    return count


@transaction.atomic
def _remind(pk: int) -> int:
    # Asked again as it is now: it may have been ticked since it was found.
    due = StudentTask.objects.open().filter(pk=pk, reminded=False, day__lte=_reminded_until())
    if not due.update(reminded=True):
        return 0
    task = StudentTask.objects.select_related("student").get(pk=pk)
    if task.day >= academy_now().date():
        notices.task_due(task)
    return 1


def _reminded_until() -> date:
    """The last day whose tasks are reminded of by now."""
    now: datetime = academy_now()
    return now.date() + timedelta(days=1 if now.time() >= REMIND_FROM else 0)


def _forget(*tasks: StudentTask) -> None:
    """What was told of them holds no longer."""
    withdraw(*(notices.given_event(task) for task in tasks))
    withdraw_about("task_due", *(about(task) for task in tasks))


def _lock(actor: User, task: StudentTask) -> StudentTask:
    rows = StudentTask.objects.visible_to(actor).select_for_update(of=("self",)).select_related("student")
    locked = rows.filter(pk=task.pk).first()
    if locked is None:
        raise PermissionDenied("This task isn't yours to see.")
    return locked
