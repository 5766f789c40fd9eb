"""What communities leave to the background."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def withdraw_orphans() -> None:
    """Edits that wait are withdrawn where their authors' access has ended."""
    from apps.community import actions

    actions.withdraw_orphans()


@db_periodic_task(crontab(minute="39"))  # type: ignore[untyped-decorator]
def release_refused() -> None:
    """Files of posts that were refused days ago are swept, as others are that nobody sent."""
    from apps.community import actions

    actions.release_refused()
