"""What courses leave to the background."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def end_expired_enrollments() -> None:
    """Access that ends by the clock ends everywhere within a minute."""
    from apps.courses import actions

    actions.end_expired()


@task
def settle_course(course_id: int) -> None:
    """Keep who has finished a course since lessons were taken out of it."""
    from apps.courses import actions

    actions.settle_course(course_id)


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
