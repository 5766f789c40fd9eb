"""What conversations leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.conversations import live
from apps.conversations.actions import files, former
from apps.core.jobs import in_queue


@task
@in_queue("media")
def prepare_picture(attachment_id: int) -> None:
    """Write a picture anew, and make its thumbnail."""
    files.prepare(attachment_id)


@task
def forget_message(message_id: int) -> None:
    """Take down what tells of a message that is gone."""
    live.forget(message_id)


@db_periodic_task(crontab(), queue="media")  # type: ignore[untyped-decorator]
def prepare_lost_pictures() -> None:
    """A job may be lost; no picture is."""
    files.catch_up()


@db_periodic_task(crontab(minute="29"))  # type: ignore[untyped-decorator]
def forget_stragglers() -> None:
    """Nobody's name stays because a message was just on its way when they left."""
    former.forget_stragglers()


@db_periodic_task(crontab(minute="41"), queue="media")  # type: ignore[untyped-decorator]
def sweep_files() -> None:
    """What was never sent, and what was deleted, goes."""
    files.sweep()


@db_periodic_task(crontab(hour="3", minute="17"), queue="media")  # type: ignore[untyped-decorator]
def sweep_storage() -> None:
    """What belongs to nothing goes."""
    files.sweep_storage()
    files.sweep_uploads()
