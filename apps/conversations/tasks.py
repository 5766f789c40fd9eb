"""What conversations leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.conversations import live
from apps.conversations.actions import files, former


@task
def forget_message(message_id: int) -> None:
    """Take down what tells of a message that is gone."""
    live.forget(message_id)


@db_periodic_task(crontab(minute="29"))  # type: ignore[untyped-decorator]
def forget_stragglers() -> None:
    """Nobody's name stays because a message was just on its way when they left."""
    former.forget_stragglers()


@db_periodic_task(crontab(minute="41"), queue="media")  # type: ignore[untyped-decorator]
def sweep_files() -> None:
    """What was never sent, and what was deleted, goes."""
    files.sweep()
