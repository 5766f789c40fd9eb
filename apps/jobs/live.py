"""How far a job is while its rows can't say so: what a transaction writes is seen by nobody until it is over.

Kept in Redis where several processes serve, in this process otherwise. It is a hint: where it is lost, the page shows
what the row says.
"""

import json
import logging
from typing import NamedTuple

from django.conf import settings
from django_eventstream.utils import sse_encode_event
from redis import RedisError

from apps.core.redis import Breaker, key, quick
from apps.jobs.models import Job
from apps.realtime import publish

SECONDS = 60


class Shown(NamedTuple):
    """So much of a step."""

    done: int
    total: int
    step: str


_here: dict[int, Shown] = {}
_redis = Breaker(logging.getLogger("homeroom.jobs"), "pages don't see how far jobs are")


def show(job: Job, shown: Shown) -> None:
    """Let open pages see this now."""
    if settings.REDIS_URL and _redis.may_ask():
        try:
            quick().set(_key(job), json.dumps(shown), ex=SECONDS)
            _redis.answered()
        except RedisError as error:
            _redis.failed(error)
    elif not settings.REDIS_URL:
        _here[job.pk] = shown
    publish.deliver(f"user-{job.owner_id}", sse_encode_event("job", "").encode())


def forget(job: Job) -> None:
    """The rows say it again."""
    _here.pop(job.pk, None)


def fill(job: Job) -> Job:
    """The job as it is to be shown, further than its row says where that is known."""
    if job.is_open and (shown := _find(job)):
        job.done, job.total, job.step = shown
    return job


def _find(job: Job) -> Shown | None:
    if not settings.REDIS_URL:
        return _here.get(job.pk)
    if not _redis.may_ask():
        return None
    try:
        found = quick().get(_key(job))
    except RedisError as error:
        _redis.failed(error)
        return None
    _redis.answered()
    return Shown(*json.loads(found)) if isinstance(found, bytes) else None


def _key(job: Job) -> str:
    return key("job", job.pk)
