"""Dated notes on students: for their author alone, for the team, or for the student too."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core.academy_calendar import academy_today
from apps.core.models import Timestamped
from apps.students.models.students import Student


class Sharing(models.TextChoices):
    """Who reads a note."""

    PRIVATE = "private", "Only me"
    TEAM = "team", "Team"
    SHARED = "shared", "Student too"


class StudentNoteQuerySet(models.QuerySet["StudentNote"]):
    """Notes, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """Of students whom they may see: a student reads what is shared; the team reads all but others' private notes.

        A private note is its author's alone: no admin reads it.
        """
        rows = self.filter(student__in=Student.objects.visible_to(user))
        if user.role == Role.STUDENT:
            return rows.filter(sharing=Sharing.SHARED)
        shared = ~Q(sharing=Sharing.PRIVATE)
        # An admin who looks as the author isn't the author.
        return rows.filter(shared if user.looked_as else shared | Q(author=user))


class StudentNote(Timestamped):
    """What somebody of the team observed on a day."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="student_notes"
    )
    day = models.DateField(default=academy_today)
    body = models.TextField("note", max_length=5_000)
    sharing = models.CharField("who reads it", max_length=10, choices=Sharing, default=Sharing.TEAM)
    client_key = models.UUIDField(null=True, editable=False)

    objects: ClassVar[models.Manager["StudentNote"]] = StudentNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(sharing__in=Sharing.values), name="note_is_shared_in_a_known_way"),
            models.UniqueConstraint(fields=["author", "client_key"], name="one_note_per_client_key"),
        ]
        indexes = [models.Index(fields=["student", "-day", "-id"], name="notes_on_a_student")]

    def __str__(self) -> str:
        return self.body[:80]

    def get_absolute_url(self) -> str:
        """Its place on the page of the student's notes."""
        return f"{reverse('students:note_list', args=[self.student_id])}#studentnote-{self.pk}"
