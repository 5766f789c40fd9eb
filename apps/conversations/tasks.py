"""What conversations leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@task
def prepare_picture(attachment_id: int) -> None:
    """Write a picture anew, and make its thumbnail."""
    from apps.conversations.actions.files import prepare

    prepare(attachment_id)


@task
def forget_message(message_id: int) -> None:
    """Take down what tells of a message that is gone."""
    from apps.conversations import live

    live.forget(message_id)


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def prepare_lost_pictures() -> None:
    """A job may be lost; no picture is."""
    from apps.conversations.actions.files import catch_up

    catch_up()


@db_periodic_task(crontab(minute="29"))  # type: ignore[untyped-decorator]
def forget_stragglers() -> None:
    """Nobody's name stays because a message was just on its way when they left."""
    from apps.conversations.actions import former

    former.forget_stragglers()


@db_periodic_task(crontab(minute="41"))  # type: ignore[untyped-decorator]
def sweep_files() -> None:
    """What was never sent, and what was deleted, goes."""
    from apps.conversations.actions.files import sweep

    sweep()


@db_periodic_task(crontab(hour="3", minute="17"))  # type: ignore[untyped-decorator]
def sweep_storage() -> None:
    """What belongs to nothing goes."""
    from apps.conversations.actions import files

    files.sweep_storage()
    files.sweep_uploads()
