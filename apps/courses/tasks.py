"""What courses leave to the background."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def end_expired_enrollments() -> None:
    """Access that ends by the clock ends everywhere within a minute."""
    from apps.courses import actions

    actions.end_expired()
