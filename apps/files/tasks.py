"""What files leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.core.jobs import in_queue
from apps.files import preparing, sweeping


@task
@in_queue("media")
def prepare_picture(stored_id: int) -> None:
    """Write a picture anew, and make its thumbnail."""
    preparing.prepare(stored_id)


@db_periodic_task(crontab(), queue="media")  # type: ignore[untyped-decorator]
def prepare_lost_pictures() -> None:
    """A job may be lost; no picture is."""
    preparing.catch_up()


@db_periodic_task(crontab(minute="43"), queue="media")  # type: ignore[untyped-decorator]
def sweep_files() -> None:
    """What nothing points to goes."""
    sweeping.sweep()


@db_periodic_task(crontab(hour="3", minute="37"), queue="media")  # type: ignore[untyped-decorator]
def sweep_storage() -> None:
    """What no row knows goes."""
    sweeping.sweep_storage()
    sweeping.sweep_uploads()
