"""Background jobs of the whole house."""

from django.tasks import task
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.core import email_delivery
from apps.core.jobs import in_queue


@task
@in_queue("urgent")
def send_emails() -> None:
    """Send the emails that are due."""
    email_delivery.send_due()


@db_periodic_task(crontab(), queue="urgent")  # type: ignore[untyped-decorator]
def send_due_emails() -> None:
    """Send the emails whose time has come by now, and those whose job was lost."""
    email_delivery.send_due()
