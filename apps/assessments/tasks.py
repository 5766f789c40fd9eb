"""What assessments leave to the background."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def follow_the_clock() -> None:
    """End the attempts whose time is up. Whoever looks at one ends it at once, too."""
    from apps.assessments import actions

    actions.end_overdue()
    actions.fulfil_closed()
