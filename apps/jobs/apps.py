from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        from apps.accounts import looking, parts
        from apps.jobs.notices import JOB
        from apps.jobs.part import JobsPart
        from apps.notifications import notification_types

        parts.register(JobsPart())
        looking.keep_private("jobs")
        notification_types.register(JOB)
