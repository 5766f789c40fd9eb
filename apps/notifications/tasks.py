"""What notifications leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.notifications import events, fanout


@task
def tell(keys: list[str]) -> None:
    """Tell those whom these events concern."""
    for key in keys:
        fanout.tell(key)


@task
def withdraw(keys: list[str]) -> None:
    """Take back what these events told."""
    events.withdraw_now(keys)


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def tell_the_rest() -> None:
    """A job may be lost, or killed; no event is."""
    fanout.go_on()


@db_periodic_task(crontab(hour="3", minute="47"))  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """What nobody looks for any more goes."""
    fanout.forget_old()
