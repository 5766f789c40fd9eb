"""Tasks for students, each with a day: set by the team, ticked by the student."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.accounts.models import User
from apps.core.academy_calendar import academy_today
from apps.core.models import Timestamped
from apps.students.models.students import Student


class StudentTaskQuerySet(models.QuerySet["StudentTask"]):
    """Tasks, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those of students whom they may see; a student's own."""
        return self.filter(student__in=Student.objects.visible_to(user))

    def open(self) -> Self:
        """Not done yet."""
        return self.filter(done_at=None)


class StudentTask(Timestamped):
    """One thing for one student to do. The tasks that a whole batch was given at once share a `group`."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="tasks")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="tasks_given"
    )
    title = models.CharField("task", max_length=200)
    text = models.TextField("details", max_length=5_000, blank=True)
    day = models.DateField("due on")
    # What all those who were given it together have in common, and the name of their batch then.
    group = models.UUIDField(null=True, editable=False)
    group_name = models.CharField(max_length=200, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    # Whether the student was reminded of it, or was given it too late for that.
    reminded = models.BooleanField(default=False, editable=False)
    client_key = models.UUIDField(null=True, editable=False)

    objects: ClassVar[models.Manager["StudentTask"]] = StudentTaskQuerySet.as_manager()

    class Meta:
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["author", "client_key", "student"], name="one_task_per_client_key"),
        ]
        indexes = [
            models.Index(fields=["student", "day", "id"], name="tasks_of_a_student"),
            models.Index(fields=["day"], condition=models.Q(done_at=None, reminded=False), name="tasks_to_remind"),
            models.Index(fields=["group"], condition=models.Q(group__isnull=False), name="tasks_of_a_group"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_done(self) -> bool:
        """Was it ticked?"""
        return self.done_at is not None

    def is_overdue(self, today: date | None = None) -> bool:
        """Has its day passed on the academy's calendar, undone?"""
        return not self.is_done and self.day < (today or academy_today())

    def get_absolute_url(self) -> str:
        """The list that it stands in; the student's own, or the team's."""
        return f"{reverse('students:task_list')}#studenttask-{self.pk}"
