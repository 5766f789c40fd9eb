"""Work in the background that a person started and waits for: an import, a file to take away."""

import uuid
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User


class State(models.TextChoices):
    """How far it is. A worker that runs it holds it until `lease`: one that died meanwhile is found by that."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


OPEN = [State.WAITING, State.RUNNING]


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, found through whose they are."""

    def visible_to(self, user: User) -> Self:
        """One's own; nobody else's, nor for an admin who looks as somebody."""
        return self.none() if user.looked_as else self.filter(owner=user)

    def stale(self) -> Self:
        """Those whose results have been kept for long enough."""
        return self.exclude(state__in=OPEN).filter(ended__lt=timezone.now() - Job.KEPT)

    def abandoned(self) -> Self:
        """Those that no worker has begun with, or whose worker is gone."""
        now = timezone.now()
        late = Q(state=State.WAITING, created__lt=now - Job.BEGINS_WITHIN)
        return self.filter(late | Q(state=State.RUNNING, lease__lt=now))


def result_path(job: "Job", name: str) -> str:
    """A path that tells nothing and can't be guessed."""
    return f"jobs/{uuid.uuid4()}"


class Job(models.Model):
    """One piece of work: whose, what, how far, and what came of it (`result` is a sentence, also of a failure)."""

    KEPT = timedelta(days=1)
    BEGINS_WITHIN = timedelta(minutes=1)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    # What it is about: of one kind and key a person has one at a time.
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=250)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    step = models.CharField(max_length=100, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=500, blank=True)
    # Where the result is seen, unless it is a file.
    url = models.CharField(max_length=300, blank=True)
    file = models.FileField(upload_to=result_path, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, editable=False)
    lease = models.DateTimeField(null=True)
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    # Its owner was looking at its page when, or after, it ended.
    seen = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Job"]] = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "key"], condition=Q(state__in=OPEN), name="one_open_job_of_a_kind_and_key"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_in_a_known_state"),
        ]
        indexes = [
            models.Index(fields=["created"], condition=Q(state__in=OPEN), name="jobs_under_way"),
            models.Index(fields=["ended"], name="jobs_by_end"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page that shows how far it is."""
        return reverse("jobs:job_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN

    @property
    def percent(self) -> int | None:
        """How much of the present step is done; None where that isn't known."""
        return min(100, 100 * self.done // self.total) if self.total else None
