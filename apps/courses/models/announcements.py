"""Announcements: what a course's teachers tell everyone in it, or in one of its batches."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import Role, User
from apps.core.models import Timestamped
from apps.courses.models.batches import Batch
from apps.courses.models.courses import Course
from apps.courses.models.enrollments import Enrollment


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Announcements, found through what a person may read."""

    def visible_to(self, user: User) -> Self:
        """All of a course for those who write it; a batch's teacher reads those to the course and to own batches.

        A student reads, while an enrollment is valid, those to the course and to the batch that they are in.
        """
        if user.sees_all:
            return self
        if user.role == Role.TEACHER:
            written = Q(course__in=Course.objects.written_by(user))
            return self.filter(
                written | Q(batch__teacher=user) | Q(batch=None, course__in=Course.objects.read_by(user))
            )
        valid = Enrollment.objects.valid().filter(student__user=user, course__published=True)
        batches = valid.exclude(batch=None).values("batch")
        return self.filter(Q(batch=None, course__in=valid.values("course")) | Q(batch__in=batches))


class Announcement(Timestamped):
    """One announcement, to a course or to one batch of it."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="announcements")
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="announcements")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="announcements"
    )
    title = models.CharField(max_length=120)
    body = models.TextField("text", max_length=10_000)
    html = models.TextField(blank=True, editable=False)
    # When its words were last changed by hand.
    edited_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager["Announcement"]] = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["course", "-created"], name="announcements_of_a_course")]

    def __str__(self) -> str:
        return self.title

    @property
    def rendered(self) -> SafeString:
        """Its text as it was made and cleaned when it was saved (apps.core.markdown)."""
        return mark_safe(self.html)  # noqa: S308

    def get_absolute_url(self) -> str:
        """Its place on the course's page of announcements."""
        return f"{reverse('courses:announcement_list', args=[self.course_id])}#announcement-{self.pk}"
