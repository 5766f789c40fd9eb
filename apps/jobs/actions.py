"""What people do with background work."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.jobs import enqueue
from apps.jobs import job_types
from apps.jobs.models import OPEN, Job
from apps.notifications import events


def start(actor: User, kind: str, key: str, title: str, **arguments: Any) -> Job:
    """Have a job done after the commit; where the same one waits or runs already, that one is returned.

    Raises PermissionDenied where its type doesn't permit it.
    """
    job = Job(owner=actor, kind=kind, key=key, title=title[:250], arguments=arguments)
    if not job_types.may_have(actor, job):
        raise PermissionDenied("You can't do this.")
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            enqueue("jobs.run", job.pk)
    except IntegrityError:
        return Job.objects.get(owner=actor, kind=kind, key=key, state__in=OPEN)
    job.refresh_from_db()
    return job


@transaction.atomic
def mark_seen(actor: User, job: Job) -> bool:
    """Its owner sees how it ended: no notification need say so. Returns whether that is new."""
    mine = Job.objects.visible_to(actor).filter(pk=job.pk).exclude(state__in=OPEN)
    new = mine.filter(seen=None).update(seen=timezone.now()) == 1
    if new:
        events.seen(actor, f"job-{job.pk}", 0)
    return new


def go_on() -> int:
    """Begin with what no worker has begun with, and again with what one left in the middle; returns how many."""
    found = list(Job.objects.abandoned().order_by("pk").values_list("pk", flat=True)[:100])
    for pk in found:
        enqueue("jobs.run", pk)
    return len(found)


def forget_old() -> int:
    """Delete the jobs that ended a day ago, and their files; returns how many."""
    count = 0
    for job in Job.objects.stale().iterator(chunk_size=100):
        if job.file:
            job.file.delete(save=False)
        count += job.delete()[0]
    _sweep()
    return count


def _sweep() -> None:
    """A worker that was killed between a file and its row left a file that nobody finds."""
    storage = Job._meta.get_field("file").storage
    if storage.exists("jobs"):
        for name in storage.listdir("jobs")[1]:
            if storage.get_modified_time(f"jobs/{name}") < timezone.now() - 2 * Job.KEPT:
                storage.delete(f"jobs/{name}")
