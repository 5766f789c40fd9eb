"""Background jobs, queued by their names.

A job calls an action, and an action leaves something to a job: by name, the two need not import one another.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string


def enqueue(name: str, *arguments: Any) -> None:
    """Queue a job of an app: `notifications.tell` is `tell` in apps/notifications/tasks.py."""
    app, job = name.split(".")
    import_string(f"apps.{app}.tasks.{job}").enqueue(*arguments)


def enqueue_after_commit(name: str, *arguments: Any) -> None:
    """Queue a job once what it is about is committed, or not at all."""
    transaction.on_commit(partial(enqueue, name, *arguments), robust=True)
