"""What support leaves to the background."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def tend_tickets() -> None:
    """Snoozes end, and what nobody may answer any more goes back into the queue."""
    from apps.support import actions

    actions.run_clock()
