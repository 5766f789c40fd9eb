"""What scheduling leaves to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def follow_the_clock() -> None:
    """Fix who takes part in lessons that have begun, remind of those that are near, end what nobody answered."""
    from apps.scheduling import actions, notices

    actions.roll_begun()
    notices.remind()
    actions.follow_requests()
    actions.follow_proposals()


@db_periodic_task(crontab(hour="2", minute="23"))  # type: ignore[untyped-decorator]
def fill_series() -> None:
    """Fill open series a year ahead."""
    from apps.scheduling import actions

    actions.fill_series()


@task
def fill_batch(batch_id: int) -> None:
    """Fill the series of a batch that ends later than it did."""
    from apps.scheduling import actions

    actions.fill_series(batch=batch_id)


@db_periodic_task(crontab(hour="2", minute="41"))  # type: ignore[untyped-decorator]
def forget_deleted_events() -> None:
    """Remove deleted events of people's own that subscribers' calendars have been told of."""
    from apps.scheduling import actions

    actions.forget_deleted_events()


@db_periodic_task(crontab(hour="3", minute="11"))  # type: ignore[untyped-decorator]
def follow_zone_data() -> None:
    """Hold lessons to come at their wall times by the newest rules for clocks."""
    from apps.scheduling import actions

    actions.follow_zone_data()
