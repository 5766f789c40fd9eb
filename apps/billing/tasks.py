"""What billing leaves to the background."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab(minute="19"))  # type: ignore[untyped-decorator]
def remind() -> None:
    """Tell students of what falls due."""
    from apps.billing import notices

    notices.remind()
