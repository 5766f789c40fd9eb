"""The types of background work. The app that owns one registers it when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.core.files import File

from apps.accounts.models import User
from apps.jobs.models import Job


class Report(Protocol):
    """How far the work is, said by its worker."""

    def __call__(self, done: int, total: int, step: str = "", *, in_transaction: bool = False) -> None:
        """So much of this step is done; cheap to call often. In a transaction nobody sees yet what it writes."""


class JobError(Exception):
    """The work can't be done; the text says why, to the person who started it."""


class Result(NamedTuple):
    """What came of it: a sentence, and where it is seen, or a file with its name and content type."""

    sentence: str
    url: str = ""
    file: File[bytes] | None = None
    file_name: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class JobType:
    """One type. Where a worker is killed in the middle, `run` is called again: its work is done once all the same.

    `permits` says whether the owner may have this done, and its file, now: it is asked before the work, after it and at
    each download. `run` raises JobError with what its owner should know.
    """

    name: str
    run: Callable[[Job, Report], Result]
    permits: Callable[[User, Job], bool]


_types: dict[str, JobType] = {}


def register(job_type: JobType) -> None:
    """Add a type; called once, when the owning app is ready."""
    _types[job_type.name] = job_type


def get(name: str) -> JobType:
    """A type by its name; KeyError if no app registers it."""
    return _types[name]


def may_have(user: User, job: Job) -> bool:
    """Whether a person may have what this job is about now."""
    job_type = _types.get(job.kind)
    return bool(job_type and user.is_active and job_type.permits(user, job))
