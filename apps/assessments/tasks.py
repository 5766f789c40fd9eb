"""Background tasks of assessments."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def follow_the_clock() -> None:
    """End attempts whose time is up or whose student left. Reading one ends it in time, so this may run late."""
    from apps.assessments import actions

    actions.end_overdue()
    actions.end_left()
    actions.fulfil_closed()
