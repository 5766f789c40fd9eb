"""Background jobs, queued by their names.

A job calls an action, and an action leaves something to a job: by name, the two need not import one another.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.tasks import default_task_backend
from django.utils.module_loading import import_string


def in_queue[**P](name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Have a job wait in another queue than `usual`: `urgent` or `media` (apps.core.queues). Stands below `@task`."""

    def mark(job: Callable[P, None]) -> Callable[P, None]:
        job.__dict__["queue"] = name
        return job

    return mark


def enqueue(name: str, *arguments: Any) -> None:
    """Queue a job of an app: `notifications.tell` is `tell` in apps/notifications/tasks.py."""
    app, job = name.split(".")
    import_string(f"apps.{app}.tasks.{job}").enqueue(*arguments)


def enqueue_at(name: str, moment: datetime, *arguments: Any) -> None:
    """Queue a job that runs at a moment, where the queue can wait; else whatever looks regularly does it later."""
    app, job = name.split(".")
    if default_task_backend.supports_defer:
        import_string(f"apps.{app}.tasks.{job}").using(run_after=moment).enqueue(*arguments)


def enqueue_after_commit(name: str, *arguments: Any) -> None:
    """Queue a job once what it is about is committed, or not at all."""
    transaction.on_commit(partial(enqueue, name, *arguments), robust=True)
