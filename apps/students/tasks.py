"""What the worker does by itself."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from apps.students.actions import forget_imports, remind


@db_periodic_task(crontab(minute="23"))  # type: ignore[untyped-decorator]
def forget_uploaded_files() -> None:
    """Files of students don't stay longer than a day, whether they were imported or not."""
    forget_imports()


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def remind_of_tasks() -> None:
    """Remind students of what is due tomorrow, once."""
    remind()
