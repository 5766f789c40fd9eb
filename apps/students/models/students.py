"""The academy's record of a person, and the one thread about each."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Invitation, Role, User
from apps.conversations.models import Conversation
from apps.core.fields import AddressField, in_normal_form
from apps.core.finding import every_word
from apps.core.models import Timestamped
from apps.jobs.models import Job
from apps.realtime.access import AccessQuerySet, decides_access
from apps.students.placing import placed

# The name of the type of conversation about a student (conversation_type.py).
CONVERSATION_KIND = "student"


class Status(models.TextChoices):
    """Whether a student attends."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    LEFT = "left", "Left"


class Placement(NamedTuple):
    """A batch that a student is in now."""

    batch_id: int
    batch: str
    course: str


class StudentQuerySet(AccessQuerySet["Student"]):
    """Students, found through what a person may see; each made with its thread."""

    def visible_to(self, user: User) -> Self:
        """All for admins and staff, those of own batches for a teacher, the own record for a student."""
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            taught = placed() & Q(enrollments__batch__teacher=user)
            return self.filter(pk__in=Student.objects.filter(taught).values("pk"))
        return self.filter(user=user)

    def search(self, text: str) -> Self:
        """Those in whose code, name, e-mail or phone every word of `text` is found."""
        return self.filter(every_word(text, "given_name", "family_name", "code", "email", "phone"))

    def in_batch(self, batch_id: int) -> Self:
        """Those who are in a batch now."""
        inside = Student.objects.filter(placed(), enrollments__batch_id=batch_id)
        return self.filter(pk__in=inside.values("pk"))

    def placements(self, viewer: User) -> dict[int, list[Placement]]:
        """The batches that each of these students is in now, by the student's id; a teacher sees own ones alone."""
        now = placed() & Q(enrollments__batch__isnull=False)
        if viewer.role == Role.TEACHER:
            now &= Q(enrollments__batch__teacher=viewer)
        of = "enrollments__batch"
        rows = self.filter(now).order_by(f"{of}__name", f"{of}_id")
        found: defaultdict[int, list[Placement]] = defaultdict(list)
        for student_id, *batch in rows.values_list("pk", f"{of}_id", f"{of}__name", f"{of}__course__title"):
            found[student_id].append(Placement(*batch))
        return found

    def bulk_create(  # type: ignore[override]
        self,
        objs: Iterable["Student"],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        **kwargs: Any,
    ) -> list["Student"]:
        """Django's own, with a thread made for each new student."""
        students = list(objs)
        missing = [student for student in students if student.conversation_id is None]
        saved = False
        try:
            with transaction.atomic(using=self.db):
                made = Conversation.objects.bulk_create(Conversation(kind=CONVERSATION_KIND) for _ in missing)
                for student, conversation in zip(missing, made, strict=True):
                    student.conversation = conversation
                created = super().bulk_create(students, batch_size, ignore_conflicts, update_conflicts, **kwargs)
                if ignore_conflicts or update_conflicts:
                    ids = [conversation.pk for conversation in made]
                    Conversation.objects.filter(pk__in=ids, student=None).delete()
                saved = True
        finally:
            if not saved:  # The threads are rolled back too; another try makes others.
                for student in missing:
                    student.conversation_id = None  # type: ignore[assignment]
        return created

    def delete(self) -> tuple[int, dict[str, int]]:
        """Django's own; the threads go with their students."""
        with transaction.atomic(using=self.db):
            threads = list(self.values_list("conversation_id", flat=True))
            result = super().delete()
            Conversation.objects.filter(pk__in=threads).delete()
        return result


@decides_access("user", "conversation", of=["user", "enrollments__batch__teacher"])
class Student(Timestamped):
    """A person whom the academy teaches, with or without an account of their own."""

    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="student", editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="student"
    )
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="student"
    )
    code = models.CharField("student code", max_length=40, unique=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100, blank=True)
    email = AddressField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=20, blank=True)
    note = models.TextField(max_length=5_000, blank=True, help_text="What this student finds hard, or needs.")
    guardians = models.TextField(
        "guardians' contacts", max_length=1_000, blank=True, help_text="One a line: name, relation, phone or e-mail."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)

    objects: ClassVar[models.Manager["Student"]] = StudentQuerySet.as_manager()

    class Meta:
        ordering = ["given_name", "family_name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="student_has_a_known_status"),
            in_normal_form("students_address_in_normal_form"),
        ]
        indexes = [
            models.Index(fields=["given_name", "family_name", "id"]),
            models.Index(fields=["family_name", "given_name", "id"]),
            models.Index(fields=["status", "given_name", "family_name", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.code})"

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """The given name; the family name or the code where there is none."""
        return self.given_name.strip() or self.family_name.strip() or self.code

    def get_absolute_url(self) -> str:
        """The student's page."""
        return reverse("students:student_detail", args=[self.pk])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Django's own; a new student is made with a thread, or neither is."""
        if self.conversation_id is not None:
            return super().save(*args, **kwargs)
        saved = False
        try:
            with transaction.atomic():
                self.conversation = Conversation.objects.create(kind=CONVERSATION_KIND)
                super().save(*args, **kwargs)
                saved = True
        finally:
            if not saved:  # The thread is rolled back too; another try makes another.
                self.conversation_id = None
        return None

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Django's own; the thread goes with its student."""
        with transaction.atomic():
            result = super().delete(*args, **kwargs)
            Conversation.objects.filter(pk=self.conversation_id).delete()
        return result


class StudentImportQuerySet(models.QuerySet["StudentImport"]):
    """Uploaded files, found through what a person may see."""

    def visible_to(self, user: User) -> Self:
        """One's own, while one may import."""
        return self.filter(owner=user) if user.sees_all else self.none()

    def stale(self) -> Self:
        """Those that have been kept for long enough."""
        return self.filter(created__lt=timezone.now() - StudentImport.KEPT)


class StudentImport(models.Model):
    """A file that somebody uploaded, kept from the dry run until they say yes, so that it needn't be sent again.

    Once `applied` its content and plan are gone and `result` says how many students it created and changed.
    """

    KEPT = datetime.timedelta(days=1)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField("file name", max_length=255)
    content = models.BinaryField()
    # What it would do (see import_jobs.summary), once it was read.
    plan = models.JSONField(null=True, editable=False)
    # What is, or was, done with it last.
    job = models.ForeignKey(Job, null=True, editable=False, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    applied = models.DateTimeField(null=True, editable=False)
    result = models.JSONField(default=dict, editable=False)

    objects: ClassVar[models.Manager["StudentImport"]] = StudentImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page that shows what it would do, or did."""
        return reverse("students:import_detail", args=[self.pk])
