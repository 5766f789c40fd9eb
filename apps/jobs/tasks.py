"""The background jobs that do people's work."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.core.jobs import in_queue
from apps.jobs import actions, running


@task
@in_queue("media")
def run(pk: int) -> None:
    """Do one."""
    running.run(pk)


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def go_on() -> None:
    """Work whose worker was killed, or whose place in the queue was lost, is done all the same."""
    actions.go_on()


@db_periodic_task(crontab(minute="29"))  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Results are kept for a day."""
    actions.forget_old()
