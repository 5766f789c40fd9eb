"""Running background work: claimed by one worker, begun again where that one died, told to its owner at the end.

A claim is a conditional UPDATE; it holds until `lease`, which each report of progress puts off. A worker that was
silent for too long has lost it, and writes nothing any more.
"""

import logging
import time
import uuid
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.region import clock_and_language
from apps.jobs import job_types, live
from apps.jobs.job_types import JobError, Result
from apps.jobs.models import Job, State
from apps.notifications.events import notify
from apps.realtime.publish import signal

LEASE = timedelta(minutes=5)
# Progress is written once in this many seconds, at most.
EVERY = 1.0
# Work whose worker was killed this often is given up.
TRIES = 3

NOT_PERMITTED = "You may not do this any more."
BROKEN = "Something went wrong. It was recorded; try again, and tell your admin if it happens twice."
KILLED = "It was stopped in the middle several times. Try again, and tell your admin if it happens once more."

log = logging.getLogger("homeroom.jobs")


class LostClaimError(Exception):
    """Another worker has this job by now."""


class Progress:
    """How far a job is, said by its worker."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._said = float("-inf")
        self._step = ""

    def report(self, done: int, total: int, step: str = "", *, in_transaction: bool = False) -> None:
        """So much of this step is done; cheap to call often. Raises LostClaimError.

        In a transaction, whose writes nobody sees yet, pages are told all the same.
        """
        now = time.monotonic()
        if step == self._step and now - self._said < EVERY:
            return
        self._said, self._step = now, step
        if in_transaction:
            live.show(self._job, live.Shown(done, total, step))
            return
        _change(self._job, done=done, total=total, step=step, lease=timezone.now() + LEASE)


def _change(job: Job, **fields: object) -> None:
    """Write these fields while the claim holds, and have open pages look again."""
    if not Job.objects.filter(pk=job.pk, claim=job.claim, state=State.RUNNING).update(**fields):
        raise LostClaimError
    signal(f"user-{job.owner_id}", "job")


def run(pk: int) -> None:
    """Do a job, unless another worker has it."""
    claim, now = uuid.uuid4(), timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease__lt=now)
    claimed = Job.objects.filter(free, pk=pk).update(
        state=State.RUNNING, claim=claim, lease=now + LEASE, started=now, tries=F("tries") + 1, done=0, total=0, step=""
    )
    if claimed != 1:
        return  # Another worker got there first.
    job = Job.objects.select_related("owner").get(pk=pk)
    try:
        _run(job)
    except LostClaimError:
        log.warning("A job was taken by another worker")
    finally:
        live.forget(job)


def _run(job: Job) -> None:
    if job.tries > TRIES:
        _end(job, State.FAILED, Result(KILLED))
        return
    try:
        result = _result(job)
    except JobError as error:
        _end(job, State.FAILED, Result(str(error)))
    except PermissionDenied:
        _end(job, State.FAILED, Result(NOT_PERMITTED))
    except LostClaimError:
        raise
    except Exception:  # the outermost loop: its owner is told, and the worker goes on
        log.exception("A job failed")
        _end(job, State.FAILED, Result(BROKEN))
    else:
        _end(job, State.DONE, result)


def _result(job: Job) -> Result:
    """Do the work; raises PermissionDenied where it may not be done, before or after."""
    if not job_types.may_have(job.owner, job):
        raise PermissionDenied
    with clock_and_language(job.owner, ""):
        result = job_types.get(job.kind).run(job, Progress(job).report)
    job.owner.refresh_from_db()
    if not job_types.may_have(job.owner, job):
        raise PermissionDenied
    return result


def _end(job: Job, state: State, result: Result) -> None:
    if result.file:
        job.file.save(result.file_name, result.file, save=False)
    fields = {"result": result.sentence[:500], "url": result.url, "file": job.file.name or ""}
    fields |= {"file_name": result.file_name[:255], "content_type": result.content_type}
    try:
        with transaction.atomic():
            _change(job, state=state, ended=timezone.now(), claim=None, lease=None, step="", **fields)
            title = f"{job.title}: {'done' if state == State.DONE else 'failed'}"
            notify("job", f"job-{job.pk}", title, thing=job, about=f"job-{job.pk}", to=[job.owner_id])
    except LostClaimError:
        if result.file:
            job.file.delete(save=False)
        raise
