"""Run beside a server's data: an import of many students, and how it went.

python -m tests.jobs.killed_import make ROWS | state | again | count
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from datetime import timedelta  # noqa: E402

from django.utils import timezone  # noqa: E402

from apps.accounts.models import AuditEntry, Role, User  # noqa: E402
from apps.jobs import running  # noqa: E402
from apps.jobs.actions import go_on  # noqa: E402
from apps.jobs.models import Job, State  # noqa: E402
from apps.students import actions  # noqa: E402
from apps.students.models import Student  # noqa: E402


def make(rows: int) -> None:
    user = User.objects.create(email="sam@homeroom.test", given_name="Sam", role=Role.STAFF)
    lines = "\n".join(f"N{number},Given" for number in range(rows))
    upload = actions.upload_import(user, "many.csv", f"student_code,given_name\n{lines}\n".encode())
    assert upload.job
    running.run(upload.job_id)
    upload.refresh_from_db()
    actions.start_import(user, upload, upload.plan["fingerprint"])


def again() -> None:
    """The claim of the worker that died is over; two find that."""
    Job.objects.filter(state=State.RUNNING).update(lease=timezone.now() - timedelta(minutes=1))
    go_on()
    go_on()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", rows]:
            make(int(rows))
        case ["again"]:
            again()
        case ["count"]:
            job = Job.objects.get(kind="import")
            imports = AuditEntry.objects.filter(verb="students.imported").count()
            print(Student.objects.count(), imports, job.state, job.tries)
