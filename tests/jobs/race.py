"""Six clicks start the same work at the same moment, then six workers run it. Prints how often each happened."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.test import override_settings  # noqa: E402

from apps.accounts.models import Role, User  # noqa: E402
from apps.jobs import actions, job_types, running  # noqa: E402
from apps.jobs.job_types import JobType, Report, Result  # noqa: E402
from apps.jobs.models import Job  # noqa: E402
from tests.elsewhere import at_once  # noqa: E402

LATER = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
runs: list[int] = []


def race() -> None:
    def count(job: Job, report: Report) -> Result:
        runs.append(job.pk)
        return Result("Counted.")

    job_types.register(JobType("count", count, lambda user, job: True))
    user = User.objects.create_user("sam@homeroom.test", given_name="Sam", role=Role.STAFF)
    started = at_once(*[lambda: actions.start(user, "count", "1", "Count").pk] * 6)
    at_once(*[lambda: running.run(started[0])] * 6)
    print(len(set(started)), Job.objects.count(), len(runs), Job.objects.get().state)


if __name__ == "__main__":
    with override_settings(TASKS=LATER):
        race()
