"""Modules and lessons, in order, and every version of a lesson that was saved."""

from datetime import datetime
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import User
from apps.core.models import Timestamped
from apps.courses.models.courses import Course, Viewer
from apps.courses.models.enrollments import Enrollment
from apps.files.filetypes import MAX_NAME
from apps.files.models import StoredFile
from apps.realtime.access import AccessQuerySet, decides_access


@decides_access("course", "removed_at", of=["course__enrollments__student__user"])
class Module(Timestamped):
    """A part of a course: a heading with lessons under it. Removed ones are kept, and can come back."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    title = models.CharField(max_length=120)
    # Orders the modules of a course; equal ones by pk. Never shown, never in an address.
    position = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Module"]] = AccessQuerySet["Module"].as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["course", "position"])]

    def __str__(self) -> str:
        return self.title


def counts(prefix: str = "") -> Q:
    """Lessons that make up the progress of a course: published, not optional, in the outline.

    `prefix` leads from another model to the lesson, as in `lesson__`.
    """
    present = Q(**{f"{prefix}removed_at": None, f"{prefix}module__removed_at": None})
    return present & Q(**{f"{prefix}published": True, f"{prefix}optional": False})


class LessonQuerySet(AccessQuerySet["Lesson"]):
    """Lessons by who may open them, and by whether they count."""

    def present(self) -> Self:
        """Those that are in the outline: neither they nor their module are removed."""
        return self.filter(removed_at=None, module__removed_at=None)

    def counting(self) -> Self:
        """Those that make up the progress of a course."""
        return self.filter(counts())

    def visible_to(self, user: Viewer, at: datetime | None = None) -> Self:
        """Lessons that this person may open at a moment (now).

        Whoever writes the course or teaches a batch of it opens all; a student the published ones of a published
        course while an enrollment is valid; whoever sees the course opens its free previews.
        """
        present = self.present()
        readable = Q(module__course__in=Course.objects.read_by(user))
        seen = Course.objects.visible_to(user).filter(published=True)
        free = Q(preview=True, published=True, module__course__in=seen)
        if not isinstance(user, User):
            return present.filter(free)
        enrolled = Enrollment.objects.valid(at).filter(student__user=user).values("course")
        return present.filter(
            readable | free | Q(published=True, module__course__published=True, module__course__in=enrolled)
        )

    def in_order(self) -> Self:
        """As they follow each other in the course."""
        return self.order_by("module__position", "module_id", "position", "pk")


@decides_access("published", "preview", "removed_at", "module", of=["module__course__enrollments__student__user"])
class Lesson(Timestamped):
    """One step of a course, of a registered kind. Removed ones are kept with what was completed in them."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=20, default="text")
    position = models.PositiveIntegerField(default=0)
    body = models.TextField("text", blank=True, max_length=200_000)
    html = models.TextField(blank=True, editable=False)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    captions = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    url = models.URLField("link", blank=True, max_length=500)
    link_name = models.CharField(
        "name in links",
        max_length=120,
        blank=True,
        help_text="How other lessons link to it: a file name like 03-create.md.",
    )
    minutes = models.PositiveSmallIntegerField(
        "expected minutes", null=True, blank=True, validators=[MaxValueValidator(1_440)]
    )
    published = models.BooleanField(default=False)
    optional = models.BooleanField(default=False, help_text="Students can skip it: it doesn't count towards progress.")
    preview = models.BooleanField("free preview", default=False, help_text="Anyone who can see the course can open it.")
    completion_rule = models.CharField("done", max_length=40, default="button")
    # When everyone enrolled was told of it; once, whatever happens to it later.
    announced_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Somebody published it: from this moment on they may be told, together with what is published until then.
    announce_from = models.DateTimeField(null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The number of its latest version: a save that was made from an older one is refused.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Lesson"]] = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["module", "position"]),
            models.Index(
                fields=["announce_from"],
                condition=Q(announced_at=None, announce_from__isnull=False),
                name="lessons_to_announce",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it is learnt."""
        return reverse("courses:lesson_detail", args=[self.module.course_id, self.pk])

    @property
    def rendered(self) -> SafeString:
        """The text as HTML: made by apps.core.markdown when it was saved, and cleaned there."""
        return mark_safe(self.html)  # noqa: S308

    @property
    def host(self) -> str:
        """Where its link leads."""
        return urlsplit(self.url).hostname or ""

    @property
    def counts(self) -> bool:
        """Does it count in the progress, where its module is in the outline?"""
        return self.published and not self.optional and self.removed_at is None


class LessonAttachment(models.Model):
    """A file beside a lesson, or a picture in its text, which names it: `![A tree](tree.svg)`."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    # As the text names it; that of the file, made unlike the lesson's others.
    name = models.CharField(max_length=MAX_NAME)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["lesson", "name"], name="one_attachment_of_a_name")]

    def __str__(self) -> str:
        return self.name


class LessonVersion(models.Model):
    """A lesson's text as somebody saved it."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["lesson", "number"], name="one_version_of_a_number")]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"
