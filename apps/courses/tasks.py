"""Background tasks of courses."""

import time
from datetime import datetime

from django.tasks import task
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def tell_of_the_clock() -> None:
    """Refresh pages for starts and ends that went unnoticed, and schedule those of the coming minute."""
    from apps.courses import actions

    actions.tell_of_the_clock()
    actions.look_ahead()


@task
def tell_at_the_second(moment: str) -> None:
    """Apply the start and end of access to every open page within a second."""
    from apps.courses import actions

    at = datetime.fromisoformat(moment)
    time.sleep(min(2.0, max(0.0, (at - timezone.now()).total_seconds())))
    actions.tell_of_the_clock()


@db_periodic_task(crontab(minute="31"))  # type: ignore[untyped-decorator]
def tell_of_ends() -> None:
    """Notify students a week before their access to a course ends."""
    from apps.courses import notices_enrollment

    notices_enrollment.tell_of_ends()


@task
def settle_course(course_id: int) -> None:
    """Record who has finished a course because lessons were removed from it."""
    from apps.courses import actions

    actions.settle_course(course_id)


@db_periodic_task(crontab(hour="3", minute="7"))  # type: ignore[untyped-decorator]
def settle_all() -> None:
    """The same for all courses, where the queue has lost it."""
    from apps.courses import actions

    actions.settle_all()


@task
def announce_lessons() -> None:
    """Tell of the lessons that were published a minute ago."""
    from apps.courses import actions

    actions.announce_due_lessons()


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def announce_the_rest() -> None:
    """A fallback for when the queue can't delay tasks or has lost one."""
    from apps.courses import actions

    actions.announce_due_lessons()
