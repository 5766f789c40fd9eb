from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        from apps.accounts import parts
        from apps.jobs.notices import JOB
        from apps.jobs.part import JobsPart
        from apps.notifications import notification_types

        parts.register(JobsPart())
        notification_types.register(JOB)
