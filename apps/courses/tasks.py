"""What courses leave to the background."""

import time
from datetime import datetime

from django.tasks import task
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def tell_of_the_clock() -> None:
    """What began or ended unnoticed is told now, and what will within the minute at its second."""
    from apps.courses import actions

    actions.tell_of_the_clock()
    actions.look_ahead()


@task
def tell_at_the_second(moment: str) -> None:
    """Access that begins or ends by the clock does so in every open page within a second."""
    from apps.courses import actions

    at = datetime.fromisoformat(moment)
    time.sleep(min(2.0, max(0.0, (at - timezone.now()).total_seconds())))
    actions.tell_of_the_clock()


@db_periodic_task(crontab(minute="31"))  # type: ignore[untyped-decorator]
def tell_of_ends() -> None:
    """Students hear a week before that a course will close to them."""
    from apps.courses import notices_enrollment

    notices_enrollment.tell_of_ends()


@task
def settle_course(course_id: int) -> None:
    """Keep who has finished a course since lessons were taken out of it."""
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
    """The same where the queue can't wait, or has lost it."""
    from apps.courses import actions

    actions.announce_due_lessons()
